import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from './git-environment.ts';

const run = promisify(execFile);

export interface WorkRepo {
  folder: string;
  /** Writes files; `null` removes one. Paths are relative to the repository. */
  write(files: Record<string, string | Uint8Array | null>): void;
  /** Commits everything; @returns the commit's id. */
  commit(message: string): Promise<string>;
  push(branch?: string): Promise<void>;
  /** Writes, commits and pushes; @returns the commit's id. */
  publish(files: Record<string, string | Uint8Array | null>, message?: string, branch?: string): Promise<string>;
  git(...args: string[]): Promise<string>;
  remove(): void;
}

/**
 * A work tree to push from, cloned from a URL or a path of a repository that may be empty.
 * @param folder made when it doesn't exist; without it a folder that `remove()` takes away
 */
export async function makeWorkRepo(remote: string, folder = mkdtempSync(join(tmpdir(), 'heddle-work-'))): Promise<WorkRepo> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', ['-C', folder, ...args], { env: gitEnvironment, maxBuffer: 1 << 26 });
    return stdout.trim();
  };
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, '.git'))) {
    await git('init', '--quiet', '--initial-branch=main');
    await git('remote', 'add', 'origin', remote);
    await git('fetch', '--quiet', 'origin');
    if ((await git('ls-remote', '--heads', 'origin', 'main')) !== '') await git('checkout', '--quiet', '-B', 'main', 'origin/main');
  }
  const write: WorkRepo['write'] = (files) => {
    for (const [path, content] of Object.entries(files)) {
      const target = join(folder, path);
      if (content === null) {
        rmSync(target, { recursive: true, force: true });
      } else {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, content);
      }
    }
  };
  const commit: WorkRepo['commit'] = async (message) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  const push: WorkRepo['push'] = async (branch = 'main') => {
    await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
  };
  return {
    folder, write, commit, push, git,
    publish: async (files, message = 'change', branch = 'main') => {
      write(files);
      const id = await commit(message);
      await push(branch);
      return id;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
