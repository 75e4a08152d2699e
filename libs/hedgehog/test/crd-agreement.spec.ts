import { describe, expect, it } from 'vitest';
import { KINDS } from '../src/kinds/kinds.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';
import { inRelease } from '../src/schema/in-release.ts';
import { fieldData } from './field-data.ts';

/** Field path to the facts that must agree. */
type Shape = Record<string, string>;

interface Names {
  kind: string;
  plural: string;
  singular: string;
  shortNames?: string[];
  categories?: string[];
}

function shapeOf(node: SchemaNode, path = 'spec', required = false): Shape {
  const facts = [node.type, node.format ?? '', node.enum?.join('|') ?? '', required ? 'required' : ''];
  const bounds = [node.minimum, node.maximum, node.minItems, node.maxItems, node.default].map((bound) => bound ?? '-');
  const shape: Shape = { [path]: [...facts, ...bounds].join(' ') };
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    Object.assign(shape, shapeOf(child, `${path}.${name}`, node.required?.includes(name)));
  }
  if (node.items) Object.assign(shape, shapeOf(node.items, `${path}[]`));
  if (node.additionalProperties) Object.assign(shape, shapeOf(node.additionalProperties, `${path}{}`));
  return shape;
}

if (fieldData.present) {
  describe("the schemas agree with Hedgehog's CRDs", () => {
    for (const descriptor of KINDS) {
      it(`${descriptor.kind} has the same names, fields and bounds`, () => {
        const crd = fieldData.document(`crd/${descriptor.group}_${descriptor.plural}.yaml`) as {
          spec: { group: string; names: Names; versions: { name: string; schema: { openAPIV3Schema: { properties: { spec: SchemaNode } } } }[] };
        };
        const { kind, plural, singular, shortNames, categories } = crd.spec.names;
        expect([kind, plural, singular, shortNames ?? [], categories]).toEqual([
          descriptor.kind,
          descriptor.plural,
          descriptor.singular,
          descriptor.shortNames,
          descriptor.categories,
        ]);
        expect(crd.spec.versions[0]?.name).toBe(descriptor.version);
        if (!descriptor.spec) return;
        const theirs = shapeOf(crd.spec.versions[0]!.schema.openAPIV3Schema.properties.spec);
        // The CRDs at hand are those of 26.01.
        expect(shapeOf(inRelease(descriptor.spec, '26.01'))).toEqual(theirs);
      });
    }
  });
}

it('every managed kind has a schema and a place in the order', () => {
  const managed = KINDS.filter((descriptor) => descriptor.managed);
  expect(managed).toHaveLength(15);
  for (const descriptor of managed) {
    expect(descriptor.spec, descriptor.kind).toBeDefined();
    expect(descriptor.rank, descriptor.kind).toBeTypeOf('number');
  }
});
