import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(resolve(ROOT, process.env.HEDDLE_FIELD_DATA ?? '../shared/data'), 'hedgehog');

/** Files of Hedgehog's own that tests read where they are present; the project does not carry them. */
export const fieldData = {
  present: existsSync(FOLDER),
  /** The parsed YAML documents of a file. */
  documents(path: string): unknown[] {
    return parseAllDocuments(readFileSync(join(FOLDER, path), 'utf8')).map((document) => document.toJS() as unknown);
  },
  /** One parsed YAML document. */
  document(path: string): Record<string, unknown> {
    return parse(readFileSync(join(FOLDER, path), 'utf8')) as Record<string, unknown>;
  },
  /** Names of the files in a folder. */
  files(folder: string): string[] {
    return readdirSync(join(FOLDER, folder)).toSorted();
  },
};
