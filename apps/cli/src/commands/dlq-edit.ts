import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { DeadLetter } from '@heddle/contracts';
import type { Environment } from '../config.ts';

/** The data that a person gives: from a file, or out of an editor on what is there. Undefined when the editor changed nothing. */
export async function readEdit(env: Environment, file: string | undefined, read: () => Promise<DeadLetter>): Promise<unknown> {
  if (file !== undefined) return parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'), file);
  const before = dataOf(await read());
  const after = await inEditor(env, before);
  return after === before ? undefined : parse(after, 'what the editor left');
}

/** The data alone where the message can be read, else all that is kept of it, to be made into data. */
function dataOf({ body }: DeadLetter): string {
  if (body.encoding !== 'json') return `${String(body.content)}\n`;
  const envelope = body.content as { data?: unknown } | null;
  return `${JSON.stringify(typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : body.content, null, 2)}\n`;
}

async function inEditor(env: Environment, content: string): Promise<string> {
  const editor = env['VISUAL'] || env['EDITOR'];
  if (!editor) throw new Error('There is no $EDITOR to edit with. Set it, or give the data by --file.');
  const folder = await mkdtemp(path.join(tmpdir(), 'heddle-edit-'));
  try {
    const file = path.join(folder, 'data.json');
    await writeFile(file, content, { mode: 0o600 });
    // $EDITOR may carry arguments of its own, so a shell reads it; the file's name is ours.
    const code = await new Promise<number | null>((resolve, reject) => {
      spawn('/bin/sh', ['-c', `${editor} "$1"`, 'heddle', file], { stdio: 'inherit' }).on('error', reject).on('close', resolve);
    });
    if (code !== 0) throw new Error(`The editor ended with ${code}; the dead letter is as it was.`);
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function parse(json: string, from: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new Error(`The data of ${from} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}. The dead letter is as it was.`, { cause });
  }
}
