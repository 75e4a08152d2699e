/** What a name in a tree stands for. */
export type EntryMode = 'file' | 'symlink' | 'submodule';

/** A leaf of a tree. `path` is relative to the tree that was listed; bytes that are not UTF-8 are written as %XX and told. */
export interface TreeEntry {
  path: string;
  utf8: boolean;
  mode: EntryMode;
  oid: string;
}

/** A leaf that differs between two trees; null where it does not exist. */
export interface TreeChange {
  path: string;
  before: TreeEntry | null;
  after: TreeEntry | null;
}

const TAB = 9;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads `ls-tree -r -z`: `mode type oid<TAB>path<NUL>`. */
export function parseLsTree(output: Buffer): TreeEntry[] {
  return splitOnNul(output).flatMap((record) => {
    const tab = record.indexOf(TAB);
    const [mode, , oid] = record.subarray(0, tab).toString('ascii').split(' ');
    const entry = toEntry(mode!, oid!, record.subarray(tab + 1));
    return entry ? [entry] : [];
  });
}

/** Reads `diff-tree -r -z --raw --no-renames`: `:mode mode oid oid status<NUL>path<NUL>`. */
export function parseDiffTree(output: Buffer): TreeChange[] {
  const fields = splitOnNul(output);
  const changes: TreeChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [modeBefore, modeAfter, oidBefore, oidAfter] = fields[index]!.subarray(1).toString('ascii').split(' ');
    const before = toEntry(modeBefore!, oidBefore!, fields[index + 1]!);
    const after = toEntry(modeAfter!, oidAfter!, fields[index + 1]!);
    const path = (after ?? before)?.path;
    if (path !== undefined) changes.push({ path, before, after });
  }
  return changes;
}

function toEntry(mode: string, oid: string, path: Buffer): TreeEntry | null {
  const kind = modeOf(mode);
  return kind === null ? null : { ...readPath(path), mode: kind, oid };
}

function modeOf(mode: string): EntryMode | null {
  if (mode === '000000' || mode === '040000') return null;
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}

function readPath(bytes: Buffer): { path: string; utf8: boolean } {
  try {
    return { path: decoder.decode(bytes), utf8: true };
  } catch {
    const text = [...bytes].map((byte) => (byte > 0x7e || byte < 0x20 || byte === 0x25 ? `%${byte.toString(16).padStart(2, '0').toUpperCase()}` : String.fromCharCode(byte))).join('');
    return { path: text, utf8: false };
  }
}

function splitOnNul(output: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0, start);
    if (end === -1) break;
    records.push(output.subarray(start, end));
    start = end + 1;
  }
  return records;
}
