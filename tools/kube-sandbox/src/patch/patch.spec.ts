import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicPatch } from './strategic-patch.ts';

describe('mergePatch', () => {
  it('merges objects, removes by null and replaces lists', () => {
    const target = { a: { b: 1, c: 2 }, list: [1, 2] };
    expect(mergePatch(target, { a: { b: null, d: 3 }, list: [9] })).toEqual({ a: { c: 2, d: 3 }, list: [9] });
    expect(target).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
  });
});

describe('jsonPatch', () => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'K', metadata: { name: 'n' }, spec: { size: 1 } };

  it('leaves the given object as it was', () => {
    expect(jsonPatch(object, [{ op: 'replace', path: '/spec/size', value: 2 }]).spec).toEqual({ size: 2 });
    expect(object.spec).toEqual({ size: 1 });
  });

  it('sets a missing member on replace', () => {
    expect(jsonPatch(object, [{ op: 'replace', path: '/spec/other', value: 1 }]).spec).toEqual({ size: 1, other: 1 });
  });

  it('fails as a whole when one operation fails', () => {
    const patch = [{ op: 'replace', path: '/spec/size', value: 2 }, { op: 'remove', path: '/spec/none' }];
    expect(() => jsonPatch(object, patch)).toThrow('the server rejected our request');
    expect(() => jsonPatch(object, [{ op: 'bogus', path: '/spec' }])).toThrow('the server rejected our request');
  });
});

describe('strategicPatch', () => {
  it('merges lists of named items and heeds directives', () => {
    const target = { webhooks: [{ name: 'a', x: 1 }, { name: 'b' }], finalizers: ['one', 'two'], data: { k: 'v' } };
    const patch = {
      webhooks: [{ name: 'a', y: 2 }, { name: 'b', $patch: 'delete' }, { name: 'c' }],
      '$deleteFromPrimitiveList/finalizers': ['one'],
      finalizers: ['three'],
      data: { k: null, l: 'w' },
    };
    expect(strategicPatch(target, patch)).toEqual({ webhooks: [{ name: 'a', x: 1, y: 2 }, { name: 'c' }], finalizers: ['two', 'three'], data: { l: 'w' } });
  });

  it('replaces where it is told to', () => {
    expect(strategicPatch({ a: { x: 1 } }, { a: { $patch: 'replace', y: 2 } })).toEqual({ a: { y: 2 } });
  });
});
