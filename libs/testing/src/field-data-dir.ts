import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { repositoryRoot } from '@heddle/local';

/**
 * The folder with material of the field (real CRDs, wirings, transcripts), which is not part of
 * this repository: HEDDLE_FIELD_DATA, else `../shared/data`. Undefined where it is absent; then a
 * test that needs it is not registered.
 */
export function fieldDataDir(): string | undefined {
  const folder = resolve(repositoryRoot, process.env['HEDDLE_FIELD_DATA'] ?? '../shared/data');
  return existsSync(folder) ? folder : undefined;
}
