import { tmpdir } from 'node:os';
import { existsSync } from 'node:fs';
import { loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { DEFAULT_READ_LIMITS } from '@heddle/manifests';

const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);
const MIB = 1024 * 1024;

export const gitSyncConfigSchema = z.object({
  ...platformConfigShape,
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin').describe('Where git and ssh are found'),
  HEDDLE_GIT_FOLDER: z.string().default('.heddle/git-sync').describe('Folder of the mirrors; a cache, one per process'),
  HEDDLE_GIT_PRIVATE_FOLDER: z.string().optional().describe('Folder for keys while git runs; default in memory (/dev/shm) where there is one'),
  HEDDLE_GIT_CONCURRENCY: count(6).describe('Repositories that are contacted at the same time'),
  HEDDLE_GIT_CONNECT_SECONDS: count(10).describe('Longest wait for a connection to a Git server'),
  HEDDLE_GIT_LIST_SECONDS: count(30).describe('Longest ls-remote'),
  HEDDLE_GIT_FETCH_SECONDS: count(600).describe('Longest fetch'),
  HEDDLE_GIT_TRANSFER_MIB: count(2_048).describe('Most MiB that a Git server may send in one go'),
  HEDDLE_GIT_RETRY_SECONDS: count(5).describe('First pause after a failed contact; doubles up to five minutes'),
  HEDDLE_GIT_FILE_KIB: count(DEFAULT_READ_LIMITS.fileBytes / 1024).describe('Largest manifest file'),
  HEDDLE_GIT_DOCUMENTS_PER_FILE: count(DEFAULT_READ_LIMITS.documentsPerFile).describe('Most documents in a file'),
  HEDDLE_GIT_FILES: count(DEFAULT_READ_LIMITS.files).describe('Most manifest files in the directory of a fabric'),
  HEDDLE_GIT_DEPTH: count(DEFAULT_READ_LIMITS.depth).describe('Deepest directory below that of a fabric'),
  HEDDLE_GIT_DIRECTORY_MIB: count(DEFAULT_READ_LIMITS.totalBytes / MIB).describe('Most MiB of manifests that are read for one revision'),
});

export type GitSyncConfig = z.output<typeof gitSyncConfigSchema>;

export function readConfig(env: Record<string, string | undefined>): GitSyncConfig {
  return loadConfig(gitSyncConfigSchema, env);
}

/** Keys stand in memory rather than on a disk where the system has such a folder. */
export function privateParent(config: GitSyncConfig): string {
  return config.HEDDLE_GIT_PRIVATE_FOLDER ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
}
