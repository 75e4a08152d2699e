import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inState } from './local-state.ts';

const shownAtFirst = 8_000;

/** `npm run logs [-- service] [-f]`: the end of the logs, and with -f what is added until Ctrl-C. */
export async function logs(args: string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const follow = args.includes('-f') || args.includes('--follow');
  const files = logFiles();
  const unknown = names.filter((name) => !files.has(name));
  if (unknown.length > 0) {
    console.error(`No log of ${unknown.join(', ')}. There are: ${[...files.keys()].join(', ') || 'none yet'}.`);
    return 2;
  }
  const chosen = new Map([...files].filter(([name]) => names.length === 0 || names.includes(name)));
  const positions = new Map([...chosen].map(([name, file]) => [name, Math.max(0, statSync(file).size - shownAtFirst)]));
  do {
    for (const [name, file] of chosen) positions.set(name, await print(name, file, positions.get(name) ?? 0, chosen.size > 1));
    if (follow) await delay(300);
  } while (follow);
  return 0;
}

function logFiles(): Map<string, string> {
  const folder = inState('logs');
  const services = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.log')) : [];
  const files: [string, string][] = services.sort().map((file) => [file.slice(0, -'.log'.length), inState('logs', file)]);
  for (const part of ['postgres', 'rabbitmq']) {
    const file = inState(part, `${part}.log`);
    if (existsSync(file)) files.push([part, file]);
  }
  return new Map(files);
}

/** @returns the position after what was printed */
async function print(name: string, file: string, from: number, named: boolean): Promise<number> {
  let text = '';
  for await (const chunk of createReadStream(file, { start: from, encoding: 'utf8' })) text += String(chunk);
  for (const line of text.split('\n').filter((each) => each !== '')) console.log(named ? `${name.padEnd(12)} ${line}` : line);
  return from + Buffer.byteLength(text);
}
