import type { JsonValue } from '../kube-object.ts';

/**
 * A structural schema, compiled once per CRD version. Shapes drive pruning, defaulting and merging:
 * - `map`: named `fields` and/or one `element` schema for all other keys
 * - `list`: `element`, merged as `atomic`, `set` (scalars) or `map` (objects told apart by `keys`)
 * - `scalar`
 * - `deduced`: no schema; objects merge by key, lists are atomic
 */
export interface SchemaNode {
  shape: 'map' | 'list' | 'scalar' | 'deduced';
  type: string | undefined;
  nullable: boolean;
  intOrString: boolean;
  preserveUnknown: boolean;
  /** Sorted by name. */
  fields: Map<string, SchemaNode>;
  element: SchemaNode | undefined;
  required: string[];
  atomic: boolean;
  listType: 'atomic' | 'set' | 'map';
  keys: string[];
  defaultValue: JsonValue | undefined;
  /** Whether this node or one below it has a default. */
  defaults: boolean;
  rules: ValueRules | undefined;
}

/** Value validations; all optional, checked only where set. */
export interface ValueRules {
  minimum?: number;
  exclusiveMinimum?: boolean;
  maximum?: number;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: { source: string; test: RegExp };
  format?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  values?: JsonValue[];
  allOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  not?: SchemaNode;
}

const plain: Omit<SchemaNode, 'shape'> = {
  type: undefined,
  nullable: false,
  intOrString: false,
  preserveUnknown: false,
  fields: new Map(),
  element: undefined,
  required: [],
  atomic: false,
  listType: 'atomic',
  keys: [],
  defaultValue: undefined,
  defaults: false,
  rules: undefined,
};

export function schemaNode(part: Partial<SchemaNode> & Pick<SchemaNode, 'shape'>): SchemaNode {
  return { ...plain, fields: new Map(), ...part };
}

export const deducedNode: SchemaNode = schemaNode({ shape: 'deduced', preserveUnknown: true, nullable: true });

const text = schemaNode({ shape: 'scalar', type: 'string' });
const whole = schemaNode({ shape: 'scalar', type: 'integer' });
const texts = schemaNode({ shape: 'map', type: 'object', element: text });

/** metadata is the same for every kind; schemas of CRDs do not describe it. */
export const objectMetaNode: SchemaNode = schemaNode({
  shape: 'map',
  type: 'object',
  fields: new Map([
    ['annotations', texts],
    ['creationTimestamp', schemaNode({ shape: 'scalar', type: 'string', nullable: true })],
    ['deletionGracePeriodSeconds', whole],
    ['deletionTimestamp', text],
    ['finalizers', schemaNode({ shape: 'list', type: 'array', element: text, listType: 'set' })],
    ['generateName', text],
    ['generation', whole],
    ['labels', texts],
    ['managedFields', schemaNode({ shape: 'list', type: 'array', element: deducedNode })],
    ['name', text],
    ['namespace', text],
    [
      'ownerReferences',
      schemaNode({
        shape: 'list',
        type: 'array',
        listType: 'map',
        keys: ['uid'],
        element: schemaNode({
          shape: 'map',
          type: 'object',
          atomic: true,
          fields: new Map([
            ['apiVersion', text],
            ['blockOwnerDeletion', schemaNode({ shape: 'scalar', type: 'boolean' })],
            ['controller', schemaNode({ shape: 'scalar', type: 'boolean' })],
            ['kind', text],
            ['name', text],
            ['uid', text],
          ]),
        }),
      }),
    ],
    ['resourceVersion', text],
    ['selfLink', text],
    ['uid', text],
  ]),
});

export const typeMetaFields: [string, SchemaNode][] = [
  ['apiVersion', text],
  ['kind', text],
  ['metadata', objectMetaNode],
];
