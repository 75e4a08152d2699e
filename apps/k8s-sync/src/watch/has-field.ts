import type { KindAddress } from '@heddle/contracts';

type Node = Record<string, unknown>;

/**
 * Whether a kind has a field, by the OpenAPI v3 document of its group and version. `*` stands for each entry of a map or
 * list. Undefined: the document does not describe the kind.
 */
export function hasField(document: unknown, { group, version, kind }: Pick<KindAddress, 'group' | 'version' | 'kind'>, path: string): boolean | undefined {
  const schemas = at(document, 'components', 'schemas') ?? {};
  const schema = Object.values(schemas).find((each) => kindsOf(each).some((of) => of['group'] === group && of['version'] === version && of['kind'] === kind));
  if (!isNode(schema)) return undefined;
  let node: Node | undefined = schema;
  for (const token of path.split('.')) {
    node = token === '*' ? at(node, 'additionalProperties') ?? at(node, 'items') : at(node, 'properties', token);
    if (!node) return false;
  }
  return true;
}

function kindsOf(schema: unknown): Node[] {
  const kinds = isNode(schema) ? schema['x-kubernetes-group-version-kind'] : undefined;
  return Array.isArray(kinds) ? kinds.filter(isNode) : [];
}

function at(value: unknown, ...path: string[]): Node | undefined {
  let found = value;
  for (const key of path) found = isNode(found) ? found[key] : undefined;
  return isNode(found) ? found : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
