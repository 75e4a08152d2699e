import { expect, it } from 'vitest';
import { changedCopies } from './changed-copies.ts';

it('names just the objects whose copies differ', () => {
  const before = { spec: { vpcs: { a: { x: 1, y: 2 }, b: { x: 1 } }, switch: { role: 'spine' } } };
  const after = { spec: { vpcs: { a: { y: 2, x: 1 }, b: { x: 2 }, c: {} }, switch: { role: 'spine' } } };
  expect(changedCopies('Agent', 'leaf-1', before, after)).toEqual([{ kind: 'VPC', name: 'b' }, { kind: 'VPC', name: 'c' }]);
  expect(changedCopies('Agent', 'leaf-1', after, null).map(({ kind, name }) => `${kind}/${name}`).toSorted()).toEqual(['Switch/leaf-1', 'VPC/a', 'VPC/b', 'VPC/c']);
  expect(changedCopies('GatewayAgent', 'gw-1', before, after)).toEqual([]);
});
