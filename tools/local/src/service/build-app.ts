import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown, type OutputChunk } from 'rolldown';
import { repositoryRoot } from '../repository-root.ts';

// Kept outside: what node_modules holds (instrumentation patches modules as they are loaded).
// Taken in: our own libs, and the helpers that the compiler adds.
const isInside = (id: string): boolean => /^[./]/.test(id) || id.startsWith('@heddle/') || id.startsWith('@oxc-project/');

/** The apps that can be built, by the name of their folder. */
export function buildableApps(): string[] {
  return globSync('apps/*/src/main.ts', { cwd: repositoryRoot }).map((path) => path.split('/')[1] ?? '').sort();
}

/**
 * Builds one app into apps/<app>/dist: main.js, its workers and, for services, otel.js for `node --import`.
 * @returns the size of main.js, bytes
 */
export async function buildApp(app: string): Promise<number> {
  const folder = join(repositoryRoot, 'apps', app);
  const dist = join(folder, 'dist');
  const telemetry = join(repositoryRoot, 'libs/platform/src/otel.ts');
  const bundle = await rolldown({
    cwd: repositoryRoot,
    platform: 'node',
    input: { main: join(folder, 'src/main.ts'), ...workers(app), ...(app === 'cli' ? {} : { otel: telemetry }) },
    tsconfig: join(folder, 'tsconfig.json'),
    resolve: { conditionNames: ['@heddle/source', 'import', 'node', 'default'] },
    external: (id) => !isInside(id),
  });
  rmSync(dist, { recursive: true, force: true });
  const { output } = await bundle.write({ dir: dist, format: 'esm', sourcemap: true, entryFileNames: '[name].js', keepNames: true });
  await bundle.close();
  const entry = output.find((part): part is OutputChunk => part.type === 'chunk' && part.isEntry && part.name === 'main');
  return entry?.code.length ?? 0;
}

/** What an app runs in threads, `src/**\/<name>-worker.ts`: each becomes a file of its own beside main.js. */
function workers(app: string): Record<string, string> {
  const files = globSync(`apps/${app}/src/**/*-worker.ts`, { cwd: repositoryRoot });
  return Object.fromEntries(files.map((file) => [basename(file, '.ts'), join(repositoryRoot, file)]));
}

/** Whether an app's sources, or those of a lib, are newer than what was built of it. */
export function isStale(app: string): boolean {
  const main = join(repositoryRoot, 'apps', app, 'dist/main.js');
  if (!existsSync(main)) return true;
  const built = statSync(main).mtimeMs;
  return globSync([`apps/${app}/src/**/*.ts`, 'libs/*/src/**/*.ts', 'tsconfig.base.json'], { cwd: repositoryRoot })
    .some((path) => statSync(join(repositoryRoot, path)).mtimeMs > built);
}
