import { describe, expect, it } from 'vitest';
import { KINDS } from '../src/kinds/kinds.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';
import { VPC_FIELDS_SINCE_26_03 } from '../src/kinds/vpc-schema.ts';
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
        const newer = VPC_FIELDS_SINCE_26_03.map((field) => `spec.${field}`.replace('.*', '{}'));
        const ours = Object.entries(shapeOf(descriptor.spec)).filter(([path]) => !newer.some((field) => path.startsWith(field)));
        expect(Object.fromEntries(ours)).toEqual(theirs);
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
