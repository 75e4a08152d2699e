import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

/**
 * Makes bare repositories `<folder>/<name>.git` with the branch `main`, where they don't exist yet.
 * They offer partial clones and any object by its id, as the large hosts do.
 */
export async function makeBareRepositories(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, `${name}.git`);
    if (existsSync(join(path, 'HEAD'))) continue;
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', '--end-of-options', path], { env: gitEnvironment });
    for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant', 'http.receivepack']) {
      await run('git', ['-C', path, 'config', setting, 'true'], { env: gitEnvironment });
    }
  }
}
