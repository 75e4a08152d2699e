import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from './field-set.ts';
import { schemaNode } from '../schema/schema-node.ts';

const paths = fc.array(fc.array(fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"n":"x"}', 'v:"y"'), { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const sets = paths.map((list) => {
  const set = new FieldSet();
  for (const path of list) {
    let at = set;
    for (const element of path.slice(0, -1)) at = at.child(element);
    at.members.add(path.at(-1) ?? '');
  }
  return set;
});

describe('FieldSet', () => {
  it('reads what it writes', () => {
    fc.assert(fc.property(sets, (set) => FieldSet.from(set.toFieldsV1()).equals(set)));
  });

  it('splits into what is shared and what is not', () => {
    fc.assert(fc.property(sets, sets, (a, b) => a.difference(b).union(a.intersection(b)).equals(a)));
  });

  it('has nothing left of what it gave away', () => {
    fc.assert(fc.property(sets, sets, (a, b) => a.union(b).difference(b).intersection(b).isEmpty()));
  });

  it('writes an owned container as a dot', () => {
    const fields = { 'f:spec': { '.': {}, 'f:size': {} }, 'f:labels': {} };
    expect(FieldSet.from(fields).toFieldsV1()).toEqual(fields);
  });

  it('names its paths as conflicts do', () => {
    const set = FieldSet.from({ 'f:spec': { 'f:ports': { 'f:p1': { 'f:vlan': {} } }, 'f:size': {}, 'f:links': { 'k:{"name":"l"}': { '.': {} } } } });
    expect(set.paths()).toEqual(['.spec.size', '.spec.links[name="l"]', '.spec.ports.p1.vlan']);
  });

  it('counts the named fields above a member as members', () => {
    const node = schemaNode({ shape: 'map', fields: new Map([['spec', schemaNode({ shape: 'map', element: schemaNode({ shape: 'scalar' }) })]]) });
    expect(FieldSet.from({ 'f:spec': { 'f:x': {} } }).withNamedFields(node).members).toEqual(new Set(['f:spec']));
  });
});
