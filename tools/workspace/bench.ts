import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { runProgram } from './run-program.ts';

const folder = join(repositoryRoot, 'tools/bench');

/** `npm run bench -- <name> [arguments]`: runs tools/bench/<name>.ts; without a name, all of them. @returns the worst status */
export async function bench([name, ...args]: string[]): Promise<number> {
  const names = readdirSync(folder).filter((file) => /^[a-z-]+\.ts$/.test(file)).map((file) => file.slice(0, -3)).sort();
  if (name === undefined) {
    let worst = 0;
    for (const each of names) worst = Math.max(worst, await runBench(each, []));
    return worst;
  }
  if (!names.includes(name)) {
    console.error(`No such bench: '${name}'. There are: ${names.join(', ')}.`);
    return 2;
  }
  return runBench(name, args);
}

function runBench(name: string, args: string[]): Promise<number> {
  return runProgram(process.execPath, ['--conditions=@heddle/source', '--import', './tools/ts-loader.mjs', `tools/bench/${name}.ts`, ...args]);
}
