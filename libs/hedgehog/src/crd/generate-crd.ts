import type { KindDescriptor } from '../kind-descriptor.ts';
import { toJsonSchema } from '../schema/to-json-schema.ts';
import type { JsonSchema } from '../schema/to-json-schema.ts';

/** A CustomResourceDefinition as plain data, ready for YAML or the API server. */
export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string };
  spec: Record<string, unknown>;
}

/**
 * The CRD of a kind: one version, served and stored, with a status subresource and an empty status.
 * Throws for a kind without a schema of its own, whose CRD Heddle can't know.
 */
export function generateCrd(descriptor: KindDescriptor): CustomResourceDefinition {
  if (!descriptor.spec) throw new Error(`Heddle has no schema of ${descriptor.kind}: its CRD can't be generated`);
  const { group, kind, plural, singular, shortNames, categories, printerColumns } = descriptor;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        ...(shortNames.length > 0 ? { shortNames: [...shortNames] } : {}),
        categories: [...categories],
      },
      scope: descriptor.scope,
      versions: [
        {
          name: descriptor.version,
          served: true,
          storage: true,
          ...(printerColumns.length > 0 ? { additionalPrinterColumns: printerColumns.map((column) => ({ ...column })) } : {}),
          schema: { openAPIV3Schema: objectSchema(descriptor) },
          subresources: { status: {} },
        },
      ],
    },
  };
}

function objectSchema(descriptor: KindDescriptor): JsonSchema {
  return {
    type: 'object',
    description: descriptor.description,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: descriptor.spec && toJsonSchema(descriptor.spec),
      status: { type: 'object', description: 'Empty: Hedgehog reports through Agents' },
    },
    ...(descriptor.specRequired ? { required: ['spec'] } : {}),
  };
}
