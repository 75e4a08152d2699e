import { readdir, readFile as readBytes, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DEFAULT_READ_LIMITS, type FileReading, layoutOf, type Leaf, readFile, selectEntry } from '@heddle/manifests';

/** A directory as a fabric would read it. */
export interface DirectoryReading {
  files: FileReading[];
  /** The text of each file of manifests, by path. */
  texts: Map<string, string>;
}

/** Reads every manifest below a directory, or one file. @throws where the directory or a file can't be read */
export async function readDirectory(top: string): Promise<DirectoryReading> {
  const leaves = (await stat(top)).isDirectory() ? await leavesOf(top) : [{ path: '', utf8: true, mode: 'file' as const, oid: '' }];
  const layout = layoutOf(leaves);
  const texts = new Map<string, string>();
  const files: FileReading[] = [];
  for (const leaf of leaves) {
    const path = leaf.path === '' ? (top.split(/[\\/]/).at(-1) ?? top) : leaf.path;
    const selection = selectEntry({ ...leaf, path }, layout, DEFAULT_READ_LIMITS.depth);
    if (selection.is === 'held') files.push({ path, findings: selection.findings, documents: [] });
    if (selection.is !== 'manifest') continue;
    const bytes = await readBytes(leaf.path === '' ? top : join(top, leaf.path));
    files.push(readFile({ path, bytes }, DEFAULT_READ_LIMITS));
    texts.set(path, bytes.toString('utf8'));
  }
  return { files, texts };
}

async function leavesOf(top: string): Promise<Leaf[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry): Leaf => ({ path: relative(top, join(entry.parentPath, entry.name)).split(sep).join('/'), utf8: !entry.name.includes('\uFFFD'), mode: entry.isSymbolicLink() ? 'symlink' : 'file', oid: '' }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
