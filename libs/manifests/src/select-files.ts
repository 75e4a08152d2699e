import type { Finding } from '@heddle/contracts';
import { sourceFinding } from './source-finding.ts';

/** A name in a directory or tree, relative to its top with `/` between the parts. */
export interface Leaf {
  path: string;
  /** False where the name itself is not UTF-8. */
  utf8: boolean;
  mode: 'file' | 'symlink' | 'submodule';
  /** Content address; carried along, never looked at. */
  oid: string;
}

/** What a leaf of a fabric's tree is to Heddle. */
export type Selection =
  /** A file of manifests, to be read. */
  | { is: 'manifest'; path: string; blob: string }
  /** Stands where manifests could be and can't be read: the file is held. */
  | { is: 'held'; path: string; blob: string; findings: Finding[] }
  | { is: 'ignored' };

/** Layout of the directory. `hnp` is that of an earlier plugin: raw/, managed/, unmanaged/ (its rejects) and .hnp/. */
export type Layout = 'plain' | 'hnp';

const MANIFEST = /\.(ya?ml|json)$/i;

/** The layout of a directory by all its leaves. */
export function layoutOf(entries: readonly Leaf[]): Layout {
  return entries.some((entry) => entry.path.startsWith('.hnp/')) ? 'hnp' : 'plain';
}

/** Decides by name and mode alone, so that a removed leaf is judged as it was. */
export function selectEntry(entry: Leaf, layout: Layout, depth: number): Selection {
  const { path, oid: blob } = entry;
  const names = path.split('/');
  const fileName = names.at(-1)!;
  if (names.some((name) => name.startsWith('.'))) return { is: 'ignored' };
  if (layout === 'hnp' && names[0] === 'unmanaged') return { is: 'ignored' };
  const held = (...args: Parameters<typeof sourceFinding>): Selection => ({ is: 'held', path, blob, findings: [sourceFinding(...args)] });
  if (entry.mode === 'submodule') return held('submodule', 'A submodule stands where manifests could be.', { path });
  const manifest = MANIFEST.test(fileName);
  if (entry.mode === 'symlink') {
    // Without an extension it may lead to a directory of manifests.
    return manifest || !fileName.includes('.') ? held('symlink', 'A symbolic link is not followed.', { path }) : { is: 'ignored' };
  }
  if (!manifest) return { is: 'ignored' };
  if (!entry.utf8) return held('path-not-utf-8', 'The name of the file is not UTF-8.', { path });
  if (names.length > depth) return held('path-too-deep', `The file lies ${names.length} levels deep; at most ${depth} are read.`, { path });
  return { is: 'manifest', path, blob };
}
