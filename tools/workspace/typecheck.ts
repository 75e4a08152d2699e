import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@heddle/local';

const run = promisify(execFile);
const projects = '{apps,libs,tools}/*/tsconfig.json';
const sources = ['{apps,libs,tools,e2e}/**/*.ts', '*.ts'];
const ignored = (path: string): boolean => /(^|\/)(node_modules|dist)(\/|$)/.test(path);

interface Checked {
  project: string;
  errors: string[];
  files: string[];
}

/**
 * `npm run typecheck`: every project by TypeScript 7's native compiler, some at a time; fails too
 * when a source or test belongs to no project, since nobody would notice its errors.
 */
export async function typecheck(): Promise<number> {
  const waiting = [...globSync(projects, { cwd: repositoryRoot }), 'tools/tsconfig.json', 'e2e/tsconfig.json']
    .filter((project) => existsSync(join(repositoryRoot, project))).sort();
  const count = waiting.length;
  const checked: Checked[] = [];
  const worker = async (): Promise<void> => {
    for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) checked.push(await check(project));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));

  const errors = [...new Set(checked.flatMap((result) => result.errors))];
  const known = new Set(checked.flatMap(({ files }) => files));
  const unknown = globSync(sources, { cwd: repositoryRoot, exclude: (path) => ignored(String(path)) }).filter((file) => !ignored(file) && !known.has(file));
  for (const line of errors) console.error(line);
  for (const file of unknown) console.error(`${file}: belongs to no tsconfig.json, so nobody checks it`);
  const failed = errors.length > 0 || unknown.length > 0;
  console.log(`typecheck: ${count} projects, ${known.size} files${failed ? ', failed' : ', no error'}`);
  return failed ? 1 : 0;
}

async function check(project: string): Promise<Checked> {
  const compiler = join(repositoryRoot, 'node_modules/@typescript/native/bin/tsc');
  const args = [compiler, '-p', project, '--noEmit', '--listFiles', '--pretty', 'false'];
  const { stdout, failed } = await run(process.execPath, args, { cwd: repositoryRoot, maxBuffer: 1 << 26 })
    .then(({ stdout }) => ({ stdout, failed: false }), (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error), failed: true }));
  const lines = stdout.split('\n').filter((line) => line !== '');
  const isFile = (line: string): boolean => line.startsWith('/') && /\.(ts|mts|cts|tsx|json)$/.test(line);
  const errors = lines.filter((line) => !isFile(line));
  if (failed && errors.length === 0) errors.push(`${project}: tsc failed without a word`);
  return { project, errors, files: lines.filter(isFile).map((file) => relative(repositoryRoot, file)).filter((file) => !ignored(file)) };
}
