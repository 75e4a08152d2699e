import type { SourceFile } from '@heddle/contracts';
import { GitFailure } from '../git/git-failure.ts';
import type { TreeChange, TreeEntry } from '../git/tree-entries.ts';
import { type Layout, type ReadLimits, selectEntry } from '@heddle/manifests';

/** What is to be read and told of a fabric's directory. */
export interface Difference {
  manifests: { path: string; blob: string }[];
  /** Told without being read: held files and removed ones. */
  told: SourceFile[];
  /** Manifest files in the directory, changed or not. */
  totalFiles: number;
}

export interface Comparison {
  /** Every leaf of the directory as it is now. */
  entries: readonly TreeEntry[];
  /** Null: everything counts as new. */
  changes: readonly TreeChange[] | null;
  layout: Layout;
  limits: Pick<ReadLimits, 'files' | 'depth'>;
}

/** Decides what of a directory has to be read; throws LimitExceeded when it is too large to be a fabric's. */
export function compareTrees({ entries, changes, layout, limits }: Comparison): Difference {
  const select = (entry: TreeEntry | null) => (entry === null ? ({ is: 'ignored' } as const) : selectEntry(entry, layout, limits.depth));
  const totalFiles = entries.filter((entry) => select(entry).is !== 'ignored').length;
  if (totalFiles > limits.files) {
    throw new GitFailure('LimitExceeded', `The directory holds ${totalFiles} manifest files; at most ${limits.files} are read.`);
  }
  const difference: Difference = { manifests: [], told: [], totalFiles };
  for (const { path, before, after } of changes ?? entries.map((entry) => ({ path: entry.path, before: null, after: entry }))) {
    const selected = select(after);
    if (selected.is === 'manifest') difference.manifests.push({ path, blob: selected.blob });
    else if (selected.is === 'held') difference.told.push(file(path, selected.blob, selected.findings));
    else if (select(before).is !== 'ignored') difference.told.push(file(path, null, []));
  }
  return difference;
}

function file(path: string, blob: string | null, findings: SourceFile['findings']): SourceFile {
  return { path, blob, part: 1, parts: 1, findings, documents: [] };
}
