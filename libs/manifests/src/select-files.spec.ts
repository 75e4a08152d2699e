import { describe, expect, it } from 'vitest';
import { type Leaf, layoutOf, selectEntry } from './select-files.ts';

const entry = (path: string, mode: Leaf['mode'] = 'file', utf8 = true) => ({ path, mode, utf8, oid: 'b1' });
const judged = (path: string, mode: Leaf['mode'] = 'file', utf8 = true) => {
  const selection = selectEntry(entry(path, mode, utf8), 'plain', 3);
  return selection.is === 'held' ? selection.findings[0]!.rule : selection.is;
};

describe('selectEntry', () => {
  it.each([
    ['a.yaml', 'manifest'], ['x/b.YML', 'manifest'], ['c.json', 'manifest'], ['README.md', 'ignored'], ['Makefile', 'ignored'],
    ['.github/workflows/ci.yaml', 'ignored'], ['x/.hidden.yaml', 'ignored'], ['a/b/c/d.yaml', 'path-too-deep'], ['kustomization.yaml', 'manifest'],
  ])('judges the file %s as %s', (path, expected) => {
    expect(judged(path)).toBe(expected);
  });

  it('holds links and submodules where manifests could be', () => {
    expect(judged('a.yaml', 'symlink')).toBe('symlink');
    expect(judged('vpcs', 'symlink')).toBe('symlink');
    expect(judged('README.md', 'symlink')).toBe('ignored');
    expect(judged('shared', 'submodule')).toBe('submodule');
    expect(judged('x%FF.yaml', 'file', false)).toBe('path-not-utf-8');
  });

  it('leaves out the rejects of the earlier plugin', () => {
    const layout = layoutOf([entry('.hnp/manifest.yaml'), entry('raw/a.yaml')]);
    expect(selectEntry(entry('unmanaged/a.yaml'), layout, 9).is).toBe('ignored');
    expect(selectEntry(entry('managed/vpcs/a.yaml'), layout, 9).is).toBe('manifest');
    expect(selectEntry(entry('unmanaged/a.yaml'), layoutOf([]), 9).is).toBe('manifest');
  });
});
