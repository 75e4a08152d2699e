import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { runProgram } from './run-program.ts';

const folder = join(repositoryRoot, 'tools/bench');

/** `npm run bench -- <name> [arguments]`: runs tools/bench/<name>.ts; without a name it says which there are. */
export async function bench([name, ...args]: string[]): Promise<number> {
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => /^[a-z-]+\.ts$/.test(file)).map((file) => file.slice(0, -3)) : [];
  if (name === undefined || !names.includes(name)) {
    console.error(`Which one? npm run bench -- <${names.join('|')}>`);
    return 2;
  }
  return runProgram(process.execPath, ['--conditions=@heddle/source', '--import', './tools/ts-loader.mjs', `tools/bench/${name}.ts`, ...args]);
}
