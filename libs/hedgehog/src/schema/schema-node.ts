import type { Release } from '@heddle/contracts';

/**
 * One node of a kind's schema: the part of OpenAPI v3 that structural schemas of CRDs allow and Hedgehog uses,
 * plus what Heddle knows beyond it. `listAs`, `keepZero`, `since` and `until` are Heddle's and never
 * reach a CRD. A node describes all releases at once; `inRelease` says what one of them has.
 */
export interface SchemaNode {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** Present for maps with free keys: the schema of each value. */
  readonly additionalProperties?: SchemaNode;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'int32';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: number | string | boolean;
  /** How the entries of a list are told apart; a list without it is compared by position. */
  readonly listAs?: ListIdentity;
  /**
   * The field is a pointer in Hedgehog's Go types: a written zero (`false`, `0`, `{}`) differs from an absent field.
   * All other zero values are dropped by Go's `omitempty` and therefore by the normaliser.
   */
  readonly keepZero?: true;
  /** The first release that has the field; earlier ones drop it without a word. */
  readonly since?: Release;
  /** The last release that has the field. */
  readonly until?: Release;
}

/**
 * `set`: the value is the entry's identity and the order means nothing.
 * `keyed`: the named fields (dotted, inside the entry) are its identity and the order means nothing.
 */
export type ListIdentity = { readonly kind: 'set' } | { readonly kind: 'keyed'; readonly by: readonly string[] };

type Options = Omit<Partial<SchemaNode>, 'type' | 'properties' | 'items' | 'additionalProperties'>;

/** A string field. */
export const str = (description?: string, options: Options = {}): SchemaNode => ({ type: 'string', description, ...options });

/** An integer field without a stated width. */
export const int = (description?: string, options: Options = {}): SchemaNode => ({ type: 'integer', description, ...options });

/** An integer field of format int32, as Kubernetes writes Go's uint32 and int32. */
export const int32 = (description?: string, options: Options = {}): SchemaNode => int(description, { format: 'int32', ...options });

/** A boolean field. */
export const bool = (description?: string, options: Options = {}): SchemaNode => ({ type: 'boolean', description, ...options });

/** An object with known fields; `options.required` names those that must be there. */
export const object = (properties: Record<string, SchemaNode>, options: Options = {}): SchemaNode => ({
  type: 'object',
  properties,
  ...options,
});

/** An object with free keys and values of one schema. */
export const map = (value: SchemaNode, description?: string, options: Options = {}): SchemaNode => ({
  type: 'object',
  description,
  additionalProperties: value,
  ...options,
});

/** A list whose order carries meaning: entries are compared by position. */
export const list = (items: SchemaNode, description?: string, options: Options = {}): SchemaNode => ({
  type: 'array',
  description,
  items,
  ...options,
});

/** A list whose order means nothing and whose entries are told apart by their value. */
export const setOf = (items: SchemaNode, description?: string, options: Options = {}): SchemaNode =>
  list(items, description, { listAs: { kind: 'set' }, ...options });

/** A list whose order means nothing and whose entries are told apart by the named fields. */
export const keyedBy = (by: readonly string[], items: SchemaNode, description?: string, options: Options = {}): SchemaNode =>
  list(items, description, { listAs: { kind: 'keyed', by }, ...options });

/** Marks a field whose written zero value differs from an absent one. */
export const pointer = (node: SchemaNode): SchemaNode => ({ ...node, keepZero: true });

/** Marks a field that only this and later releases have. */
export const since = (release: Release, node: SchemaNode): SchemaNode => ({ ...node, since: release });

/** Marks a field that only this and earlier releases have. */
export const until = (release: Release, node: SchemaNode): SchemaNode => ({ ...node, until: release });
