import type { JsonObject } from '../src/kube-object.ts';

/** The kind that the contract is checked on. It has what Hedgehog's CRDs have: structs, maps, atomic lists, a status. */
export function gadgetCrd(group: string, plural: string, kind: string): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec: gadgetSpec, status: gadgetStatus } } },
        },
      ],
    },
  };
}

const gadgetSpec: JsonObject = {
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string', maxLength: 20 },
    size: { type: 'integer', minimum: 1, maximum: 100 },
    color: { type: 'string', enum: ['red', 'green', 'blue'], default: 'red' },
    tags: { type: 'array', items: { type: 'string' } },
    ports: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { vlan: { type: 'integer' }, mode: { type: 'string', default: 'access' } } },
    },
  },
};

const gadgetStatus: JsonObject = { type: 'object', properties: { phase: { type: 'string' }, observed: { type: 'integer' } } };
