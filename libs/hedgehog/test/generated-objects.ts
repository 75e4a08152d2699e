import type { Release } from '@heddle/contracts';
import fc from 'fast-check';
import { MANAGED_KINDS } from '../src/kinds/kinds.ts';
import { apiVersionOf } from '../src/kind-descriptor.ts';
import type { KindDescriptor } from '../src/kind-descriptor.ts';
import type { Json, ResourceObject } from '../src/resource-object.ts';
import { inRelease } from '../src/schema/in-release.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';

/** Texts that mean something to some field, and texts that mean nothing. */
const TEXTS = ['', 'default', 'vpc-1', 'vpc-1/default', '10.0.1.0/24', '10.0.1.1', '10.0.1.9/31', 'SPEED_25G', '25G', 'leaf-01/E1/1', 'leaf-01/E1/1/1', 'x'];
const KEYS = ['default', 'a', 'E1/1', 'AA:bb:CC:00:11:22', 'aa:bb:cc:00:11:22', 'ext.isp'];

/** Any value that the schema of a node allows, with fields missing, null or zero at times. */
function valueOf(node: SchemaNode): fc.Arbitrary<Json> {
  switch (node.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.constantFrom(0, 1, 2, 10, 100, 9036);
    case 'string':
      return fc.constantFrom(...(node.enum ?? TEXTS));
    case 'array':
      return fc.array(valueOf(node.items ?? { type: 'string' }), { maxLength: 3 }) as fc.Arbitrary<Json>;
    case 'object': {
      if (node.additionalProperties) {
        return fc.dictionary(fc.constantFrom(...KEYS), orNull(valueOf(node.additionalProperties)), { maxKeys: 3 }) as fc.Arbitrary<Json>;
      }
      const fields = Object.entries(node.properties ?? {}).map(([name, child]) => [name, orNull(valueOf(child))] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Json>;
    }
    default:
      return node.type satisfies never;
  }
}

const orNull = (value: fc.Arbitrary<Json>): fc.Arbitrary<Json> => fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });

/** Objects of a kind as people write them: right types, any values, fields of one release or of all. */
export function generatedObject(descriptor: KindDescriptor, name?: string, release?: Release): fc.Arbitrary<ResourceObject> {
  const labels = fc.dictionary(fc.constantFrom('team', 'fabric.githedgehog.com/vpc1', 'vlanns.fabric.githedgehog.com/default'), fc.constantFrom('a', 'true'));
  const node = descriptor.spec ?? { type: 'object' };
  return fc.record({
    apiVersion: fc.constant(apiVersionOf(descriptor)),
    kind: fc.constant(descriptor.kind),
    metadata: fc.record(
      { name: fc.constant(name ?? 'x-1'), namespace: fc.constant('default'), labels },
      { requiredKeys: ['name'] },
    ) as fc.Arbitrary<ResourceObject['metadata']>,
    spec: valueOf(release === undefined ? node : inRelease(node, release)) as fc.Arbitrary<ResourceObject['spec']>,
  });
}

/** Objects of every managed kind. */
export const anyObject: fc.Arbitrary<ResourceObject> = fc.oneof(...MANAGED_KINDS.map((descriptor) => generatedObject(descriptor)));

/** Two or three objects of one kind and name. */
export function objectsOfOneKind(count: number): fc.Arbitrary<ResourceObject[]> {
  return fc.constantFrom(...MANAGED_KINDS).chain((descriptor) => fc.array(generatedObject(descriptor), { minLength: count, maxLength: count }));
}
