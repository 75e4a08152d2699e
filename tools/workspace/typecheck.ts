import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@heddle/local';

const run = promisify(execFile);
const sources = ['{apps,libs,tools,e2e}/**/*.ts', '*.ts'];
const projects = ['{apps,libs,tools}/*/tsconfig.json', '{tools,e2e}/tsconfig.json'];
const isForeign = (path: string): boolean => /(^|\/)(node_modules|dist)(\/|$)/.test(path);

/**
 * `npm run typecheck`: all sources and tests as one program by TypeScript 7's native compiler; one
 * by one the projects take five times as long (34 s of processor time against 7). Fails too when a
 * file is left out, since nobody would notice its errors.
 */
export async function typecheck(): Promise<number> {
  const { errors, checked } = await compile();
  const unchecked = find(sources).filter((file) => !checked.has(file)).map((file) => `${file}: tsconfig.json leaves it out, so nobody checks it`);
  const faults = [...errors, ...unchecked, ...find(projects).flatMap(ownOptions)];
  for (const fault of faults) console.error(fault);
  console.log(`typecheck: ${checked.size} files, ${faults.length === 0 ? 'no error' : 'failed'}`);
  return faults.length === 0 ? 0 : 1;
}

async function compile(): Promise<{ errors: string[]; checked: Set<string> }> {
  const args = ['node_modules/@typescript/native/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--listFiles', '--pretty', 'false'];
  const { stdout, failed } = await run(process.execPath, args, { cwd: repositoryRoot, maxBuffer: 1 << 26 })
    .then(({ stdout }) => ({ stdout, failed: false }), (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error), failed: true }));
  const lines = stdout.split('\n').filter((line) => line !== '');
  const isFile = (line: string): boolean => line.startsWith('/') && /\.(ts|mts|cts|tsx|json)$/.test(line);
  const errors = lines.filter((line) => !isFile(line));
  if (failed && errors.length === 0) errors.push('tsc failed without a word');
  const files = lines.filter(isFile).map((file) => relative(repositoryRoot, file));
  return { errors, checked: new Set(files.filter((file) => !isForeign(file))) };
}

/** A project with options of its own would be checked here without them. */
function ownOptions(file: string): string[] {
  const { compilerOptions } = JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8')) as { compilerOptions?: object };
  return compilerOptions === undefined ? [] : [`${file}: put compilerOptions into tsconfig.base.json, which all projects share`];
}

function find(patterns: string[]): string[] {
  return globSync(patterns, { cwd: repositoryRoot, exclude: (path) => isForeign(String(path)) }).filter((path) => !isForeign(path));
}
