import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.ts';

/**
 * Where downloads are kept for all clones of this user: HEDDLE_CACHE_DIR, else the user's cache
 * folder, else `.heddle/cache` of this clone when the user has no writable home.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['HEDDLE_CACHE_DIR'];
  const users = join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'heddle');
  for (const folder of own ? [own] : [users, join(repositoryRoot, '.heddle', 'cache')]) {
    if (isWritable(folder)) return folder;
  }
  throw new Error(`No writable folder for downloads: set HEDDLE_CACHE_DIR (tried ${own ?? users})`);
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
