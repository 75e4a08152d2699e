import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';

/** What one start leaves to the next: keys and the ports that it would like to have again. */
export interface LocalState {
  adminToken: string;
  /** For HEDDLE_ENCRYPTION_KEYS: what is stored can be read with these alone. */
  encryptionKeys: string;
  gitToken: string;
  ports: Record<string, number>;
}

/** Where `npm start` keeps everything (HEDDLE_STATE_DIR, else .heddle/); nobody but its owner may look inside. */
export const stateFolder = resolve(repositoryRoot, process.env['HEDDLE_STATE_DIR'] || '.heddle');

export function inState(...path: string[]): string {
  return join(stateFolder, ...path);
}

const stateFile = inState('state.json');

export function loadState(): LocalState {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  if (existsSync(stateFile)) return JSON.parse(readFileSync(stateFile, 'utf8')) as LocalState;
  const state: LocalState = {
    adminToken: randomBytes(24).toString('base64url'),
    encryptionKeys: `local-1:${randomBytes(32).toString('base64')}`,
    gitToken: randomBytes(18).toString('base64url'),
    ports: {},
  };
  saveState(state);
  return state;
}

export function saveState(state: LocalState): void {
  writePrivate(stateFile, JSON.stringify(state, null, 2));
}

/** Readable for the owner alone, and never half written. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
