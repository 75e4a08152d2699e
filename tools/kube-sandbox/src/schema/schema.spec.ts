import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue, KubeObject } from '../kube-object.ts';
import { compileSchema } from './compile-schema.ts';
import { defaultObject } from './default.ts';
import { pruneObject } from './prune.ts';
import { validateObject } from './validate.ts';

const schemaOf = (properties: JsonObject, required: string[] = []) =>
  compileSchema({ type: 'object', properties: { spec: { type: 'object', properties, required } } });
const object = (spec: JsonObject): KubeObject => ({ apiVersion: 'g/v1', kind: 'K', metadata: { name: 'n' }, spec });
const faults = (properties: JsonObject, spec: JsonObject, required: string[] = []) =>
  validateObject(object(spec), schemaOf(properties, required)).map(({ field, message }) => `${field}: ${message}`);

describe('pruneObject', () => {
  const schema = schemaOf({ size: { type: 'integer' }, list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } }, any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } });

  it('drops and names what the schema lacks', () => {
    const { object: pruned, unknown } = pruneObject(object({ size: 1, junk: { a: 1 }, list: [{ a: 'x', b: 1 }] }), schema);
    expect(pruned.spec).toEqual({ size: 1, list: [{ a: 'x' }] });
    expect(unknown).toEqual(['spec.junk', 'spec.list[0].b']);
  });

  it('keeps what a schema preserves', () => {
    expect(pruneObject(object({ any: { x: { y: 1 } } }), schema).unknown).toEqual([]);
  });

  it('returns the same object when nothing is dropped', () => {
    const whole = object({ size: 1 });
    expect(pruneObject(whole, schema).object).toBe(whole);
  });
});

describe('defaultObject', () => {
  const schema = schemaOf({
    color: { type: 'string', default: 'red' },
    note: { type: 'string', nullable: true },
    size: { type: 'integer' },
    limits: { type: 'object', properties: { low: { type: 'integer', default: 0 } } },
    map: { type: 'object', additionalProperties: { type: 'object', properties: { mode: { type: 'string', default: 'm' } } } },
  });

  it('fills in what is missing in present objects only', () => {
    expect(defaultObject(object({ map: { a: {} } }), schema).spec).toEqual({ color: 'red', map: { a: { mode: 'm' } } });
    expect(defaultObject(object({ limits: {} }), schema).spec).toEqual({ color: 'red', limits: { low: 0 } });
  });

  it('drops nulls that the schema does not allow', () => {
    expect(defaultObject(object({ color: null, size: null, note: null }), schema).spec).toEqual({ color: 'red', note: null });
  });
});

describe('validateObject', () => {
  it.each<[string, JsonObject, JsonValue, string | undefined]>([
    ['a maximum', { type: 'integer', maximum: 9 }, 10, 'spec.x: Invalid value: 10: spec.x in body should be less than or equal to 9'],
    ['an exclusive minimum', { type: 'number', minimum: 1, exclusiveMinimum: true }, 1, 'spec.x: Invalid value: 1: spec.x in body should be greater than 1'],
    ['a pattern', { type: 'string', pattern: '^a+$' }, 'b', 'spec.x: Invalid value: "b": spec.x in body should match \'^a+$\''],
    ['a format', { type: 'string', format: 'date-time' }, 'noon', 'spec.x: Invalid value: "noon": spec.x in body must be of type date-time: "noon"'],
    ['a size', { type: 'array', items: { type: 'string' }, maxItems: 1 }, ['a', 'b'], 'spec.x: Too many: 2: must have at most 1 items'],
    ['an exclusion', { type: 'string', not: { enum: ['a'] } }, 'a', 'spec.x: Invalid value: : "spec.x" must not validate the schema (not)'],
    ['an integer or string', { 'x-kubernetes-int-or-string': true }, true, 'spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"'],
    ['a fitting value', { type: 'integer', minimum: 1 }, 1, undefined],
  ])('checks %s', (_what, schema, value, fault) => {
    expect(faults({ x: schema }, { x: value })).toEqual(fault === undefined ? [] : [fault]);
  });

  it('reports each fault of an object', () => {
    const found = faults({ a: { type: 'integer' }, b: { type: 'string' } }, { a: 'x' }, ['b']);
    expect(found).toEqual(['spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"', 'spec.b: Required value']);
  });
});
