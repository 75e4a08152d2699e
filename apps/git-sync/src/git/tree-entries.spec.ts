import { describe, expect, it } from 'vitest';
import { parseDiffTree, parseLsTree } from './tree-entries.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);

describe('parseLsTree', () => {
  it('tells files, symlinks and submodules apart', () => {
    const output = Buffer.from(`100644 blob ${A}\tvpcs/a b.yaml\u0000120000 blob ${B}\tlink\u0000160000 commit ${B}\tsub\u0000`);
    expect(parseLsTree(output)).toEqual([
      { path: 'vpcs/a b.yaml', utf8: true, mode: 'file', oid: A },
      { path: 'link', utf8: true, mode: 'symlink', oid: B },
      { path: 'sub', utf8: true, mode: 'submodule', oid: B },
    ]);
  });

  it('escapes names that are not UTF-8', () => {
    const output = Buffer.concat([Buffer.from(`100755 blob ${A}\tx%`), Buffer.from([0xff]), Buffer.from('.yaml\u0000')]);
    expect(parseLsTree(output)).toEqual([{ path: 'x%25%FF.yaml', utf8: false, mode: 'file', oid: A }]);
  });
});

describe('parseDiffTree', () => {
  it('reads added, changed, removed and retyped leaves', () => {
    const output = Buffer.from([
      `:000000 100644 ${ZERO} ${A} A`, 'new.yaml', `:100644 100644 ${A} ${B} M`, 'changed\ttab.yaml',
      `:100644 000000 ${A} ${ZERO} D`, 'gone.yaml', `:100644 120000 ${A} ${B} T`, 'link.yaml', '',
    ].join('\u0000'));
    expect(parseDiffTree(output).map(({ path, before, after }) => [path, before?.mode ?? null, after?.mode ?? null])).toEqual([
      ['new.yaml', null, 'file'], ['changed\ttab.yaml', 'file', 'file'], ['gone.yaml', 'file', null], ['link.yaml', 'file', 'symlink'],
    ]);
  });

  it('reads an empty answer', () => {
    expect(parseDiffTree(Buffer.alloc(0))).toEqual([]);
  });
});
