import type { SchemaNode } from './schema-node.ts';

/** A JSON schema as plain data. */
export type JsonSchema = { [key: string]: unknown };

/**
 * Turns a schema node into plain JSON schema without Heddle's own marks.
 * With `closed`, unknown fields of objects are refused (for validation); a CRD stays open, since the API server prunes.
 */
export function toJsonSchema(node: SchemaNode, closed = false): JsonSchema {
  const { listAs: _listAs, keepZero: _keepZero, since: _since, until: _until, properties, items, additionalProperties, ...plain } = node;
  const schema: JsonSchema = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  if (properties) schema.properties = mapValues(properties, (child) => toJsonSchema(child, closed));
  if (items) schema.items = toJsonSchema(items, closed);
  if (additionalProperties) schema.additionalProperties = toJsonSchema(additionalProperties, closed);
  else if (closed && node.type === 'object') schema.additionalProperties = false;
  return schema;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, convert: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]));
}
