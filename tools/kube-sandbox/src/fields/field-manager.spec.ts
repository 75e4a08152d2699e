import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../kube-object.ts';
import { compileSchema } from '../schema/compile-schema.ts';
import { applyConfig, managersAfterUpdate } from './field-manager.ts';

const schema = compileSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        tags: { type: 'array', items: { type: 'string' } },
        ports: { type: 'object', additionalProperties: { type: 'object', properties: { vlan: { type: 'integer' } } } },
      },
    },
  },
});

const object = (spec: JsonObject): KubeObject => ({ apiVersion: 'g/v1', kind: 'Gadget', metadata: { name: 'one', uid: 'u' }, spec });
const writer = (manager: string) => ({ manager, apiVersion: 'g/v1', subresource: '', reset: ['status'] });

function apply(live: KubeObject, spec: JsonObject, manager: string, force = false): KubeObject {
  const applied = applyConfig(live, object(spec), schema, writer(manager), force);
  return { ...applied.object, metadata: { ...applied.object.metadata, managedFields: applied.managedFields } };
}

const blank: KubeObject = { apiVersion: 'g/v1', kind: 'Gadget', metadata: { name: 'one', uid: 'u' } };
const specs = fc.record(
  {
    size: fc.integer({ min: 0, max: 3 }),
    tags: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }),
    ports: fc.dictionary(fc.constantFrom('p1', 'p2'), fc.record({ vlan: fc.integer({ min: 1, max: 3 }) }), { minKeys: 1, maxKeys: 2 }),
  },
  { requiredKeys: [] },
);

describe('applyConfig', () => {
  it('leaves exactly what the only applier applies', () => {
    fc.assert(
      fc.property(specs, specs, (first, second) => {
        const result = apply(apply(blank, first, 'one'), second, 'one');
        expect(result.spec ?? {}).toEqual(second);
      }),
    );
  });

  it('changes nothing when repeated', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const once = apply(blank, spec, 'one');
        expect(apply(once, spec, 'one')).toEqual(once);
      }),
    );
  });

  it('never takes away what another applier holds', () => {
    fc.assert(
      fc.property(specs, specs, specs, (theirs, mine, less) => {
        const both = apply(apply(blank, theirs, 'them'), mine, 'me', true);
        const after = apply(both, less, 'me', true);
        const kept = apply(after, { ...theirs }, 'them', true);
        expect(kept.spec).toMatchObject(theirs);
      }),
    );
  });

  it('says which fields are contested', () => {
    const live = apply(blank, { size: 1, tags: ['a'] }, 'one');
    expect(() => apply(live, { size: 2 }, 'two')).toThrow('Apply failed with 1 conflict: conflict with "one": .spec.size');
  });

  it('takes an object without owners from before-first-apply', () => {
    expect(() => apply(object({ size: 1 }), { size: 2 }, 'one')).toThrow('conflict with "before-first-apply" using g/v1: .spec.size');
  });

  it('refuses what the schema does not declare', () => {
    expect(() => apply(blank, { bogus: 1 }, 'one')).toThrow('.spec.bogus: field not declared in schema');
    expect(() => apply(blank, { size: 'x' }, 'one')).toThrow('.spec.size: expected numeric (int or float), got string');
  });
});

describe('managersAfterUpdate', () => {
  it('moves a changed field to its writer', () => {
    const live = apply(blank, { size: 1, tags: ['a'] }, 'one');
    const next = { ...live, spec: { size: 2, tags: ['a'] } };
    expect(managersAfterUpdate(live, next, schema, writer('editor'))).toMatchObject([
      { manager: 'one', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:tags': {} } } },
      { manager: 'editor', operation: 'Update', fieldsV1: { 'f:spec': { 'f:size': {} } } },
    ]);
  });

  it('clears all owners when asked to', () => {
    const live = apply(blank, { size: 1 }, 'one');
    const next = { ...live, metadata: { ...live.metadata, managedFields: [{}] } };
    expect(managersAfterUpdate(live, next, schema, writer('editor'))).toBeUndefined();
  });
});
