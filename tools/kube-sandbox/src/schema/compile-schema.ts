import { compareKeys, isJsonObject, type JsonObject, type JsonValue } from '../kube-object.ts';
import { objectMetaNode, schemaNode, typeMetaFields, type SchemaNode, type ValueRules } from './schema-node.ts';

/** Compiles an `openAPIV3Schema` that `crdFaults` has accepted. The root always knows apiVersion, kind and metadata. */
export function compileSchema(schema: JsonObject | undefined): SchemaNode {
  const root = schema === undefined ? schemaNode({ shape: 'map', preserveUnknown: true }) : compileNode(schema);
  return { ...root, shape: 'map', fields: new Map([...root.fields, ...typeMetaFields]) };
}

function compileNode(schema: JsonObject): SchemaNode {
  const node = schemaNode({ shape: shapeOf(schema) });
  node.type = typeof schema.type === 'string' ? schema.type : undefined;
  node.nullable = schema.nullable === true;
  node.intOrString = schema['x-kubernetes-int-or-string'] === true;
  node.preserveUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  node.atomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (isJsonObject(schema.properties)) node.fields = compileFields(schema.properties);
  if (schema['x-kubernetes-embedded-resource'] === true) {
    node.fields = new Map([...node.fields, ...typeMetaFields, ['metadata', objectMetaNode]]);
  }
  const element = isJsonObject(schema.items) ? schema.items : schema.additionalProperties;
  if (isJsonObject(element)) node.element = compileNode(element);
  if (schema.additionalProperties === true) node.preserveUnknown = true;
  node.required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
  node.defaultValue = schema.default;
  node.defaults =
    node.defaultValue !== undefined || node.element?.defaults === true || [...node.fields.values()].some((field) => field.defaults);
  node.rules = compileRules(schema);
  return node;
}

function shapeOf(schema: JsonObject): SchemaNode['shape'] {
  if (schema.type === 'object') return 'map';
  if (schema.type === 'array') return 'list';
  if (schema.type === undefined && schema['x-kubernetes-int-or-string'] !== true) return 'deduced';
  return 'scalar';
}

function compileFields(properties: JsonObject): Map<string, SchemaNode> {
  const fields = new Map<string, SchemaNode>();
  for (const name of Object.keys(properties).sort(compareKeys)) {
    const schema = properties[name];
    if (isJsonObject(schema)) fields.set(name, compileNode(schema));
  }
  return fields;
}

const NUMBERS = [
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;
const FLAGS = ['exclusiveMinimum', 'exclusiveMaximum', 'uniqueItems'] as const;

function compileRules(schema: JsonObject): ValueRules | undefined {
  const rules: ValueRules = {};
  for (const name of NUMBERS) {
    const value = schema[name];
    if (typeof value === 'number') rules[name] = value;
  }
  for (const name of FLAGS) {
    if (schema[name] === true) rules[name] = true;
  }
  if (typeof schema.pattern === 'string') rules.pattern = { source: schema.pattern, test: new RegExp(schema.pattern) };
  if (typeof schema.format === 'string') rules.format = schema.format;
  if (Array.isArray(schema.enum)) rules.values = schema.enum;
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = schema[name];
    if (Array.isArray(list)) rules[name] = compileAlternatives(list);
  }
  if (isJsonObject(schema.not)) rules.not = compileNode(schema.not);
  return Object.keys(rules).length === 0 ? undefined : rules;
}

function compileAlternatives(list: JsonValue[]): SchemaNode[] {
  return list.filter(isJsonObject).map(compileNode);
}
