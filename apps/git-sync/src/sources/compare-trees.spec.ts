import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntryMode, TreeChange, TreeEntry } from '../git/tree-entries.ts';
import { compareTrees } from './compare-trees.ts';

const limits = { files: 100, depth: 8 };
const entry = (path: string, oid = 'b1', mode: EntryMode = 'file'): TreeEntry => ({ path, oid, mode, utf8: true });
const compare = (entries: TreeEntry[], changes: TreeChange[] | null) => compareTrees({ entries, changes, layout: 'plain', limits });

describe('compareTrees', () => {
  it('reads everything when there is nothing to compare with', () => {
    expect(compare([entry('a.yaml'), entry('README.md')], null)).toEqual({ manifests: [{ path: 'a.yaml', blob: 'b1' }], told: [], totalFiles: 1 });
  });

  it('tells of a removed manifest and of no other', () => {
    const changes = [{ path: 'a.yaml', before: entry('a.yaml'), after: null }, { path: 'b.md', before: entry('b.md'), after: null }];
    expect(compare([], changes).told).toEqual([{ path: 'a.yaml', blob: null, part: 1, parts: 1, findings: [], documents: [] }]);
  });

  it('holds a manifest that became a symbolic link', () => {
    const changes = [{ path: 'a.yaml', before: entry('a.yaml'), after: entry('a.yaml', 'b2', 'symlink') }];
    expect(compare([entry('a.yaml', 'b2', 'symlink')], changes)).toMatchObject({ manifests: [], told: [{ path: 'a.yaml', blob: 'b2', findings: [{ rule: 'symlink' }] }] });
  });

  it('refuses a directory with too many manifests', () => {
    const entries = Array.from({ length: 101 }, (_, index) => entry(`${index}.yaml`));
    expect(() => compare(entries, null)).toThrow(/101 manifest files/);
  });

  it('gets from one tree to the other by its difference', () => {
    const tree = fc.dictionary(fc.constantFrom('a.yaml', 'b.yaml', 'x/c.json', 'README', 'sub', '.git.yaml'), fc.record({ oid: fc.constantFrom('1', '2'), mode: fc.constantFrom<EntryMode>('file', 'symlink', 'submodule') }));
    const state = (difference: ReturnType<typeof compare>, from: Map<string, string | null>) => {
      const next = new Map(from);
      for (const each of [...difference.manifests, ...difference.told]) {
        if (each.blob === null) next.delete(each.path);
        else next.set(each.path, each.blob);
      }
      return [...next].sort();
    };
    fc.assert(fc.property(tree, tree, (before, after) => {
      const list = (from: typeof before) => Object.entries(from).map(([path, { oid, mode }]) => entry(path, oid, mode));
      const changes = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((path): TreeChange[] => {
        const one = list(before).find((each) => each.path === path) ?? null;
        const two = list(after).find((each) => each.path === path) ?? null;
        return JSON.stringify(one) === JSON.stringify(two) ? [] : [{ path, before: one, after: two }];
      });
      const old = new Map(state(compare(list(before), null), new Map()));
      expect(state(compare(list(after), changes), old)).toEqual(state(compare(list(after), null), new Map()));
    }));
  });
});
