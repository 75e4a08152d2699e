import type { FieldChange } from '@heddle/contracts';
import { pathTokens, stepToken } from '../src/path-tokens.ts';
import { normalise } from '../src/normalise.ts';
import { isJsonObject } from '../src/resource-object.ts';
import type { Json, JsonObject, NormalisedObject } from '../src/resource-object.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';
import { childrenOf, comparedPart, comparisonNode, isContainer } from '../src/diff/merge-node.ts';

/** What a change of the whole object does not say: which object it is. */
export type Identity = Pick<NormalisedObject, 'apiVersion' | 'kind'> & { metadata: { name: string; namespace: string } };

type Edit = { readonly tokens: readonly string[]; readonly to: Json | undefined };

/**
 * The object after changes as `diffNormalised` tells them: `applyDiff(a, a, diffNormalised(a, b))` is b. Each change sets
 * its field to `to`, or removes it where there is none, whatever stood there, and makes what is above it; undefined when
 * the whole object is removed. In normal form again, so that entries that were added stand where they belong.
 * @throws Error for what is no path, or leads below a plain value
 */
export function applyDiff(identity: Identity, from: NormalisedObject | undefined, changes: readonly FieldChange[]): NormalisedObject | undefined {
  if (changes.length === 0) return from;
  const edits = changes.map(({ path, to }): Edit => {
    const tokens = pathTokens(path);
    if (!tokens) throw new Error(`'${path}' is not the path of a field of ${identity.kind} ${identity.metadata.name}`);
    return { tokens, to: to as Json | undefined };
  });
  const part = edited(comparedPart(from) ?? {}, comparisonNode(identity.kind), edits, '') as { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec?: JsonObject } | undefined;
  if (part === undefined) return undefined;
  const { apiVersion, kind, metadata: { name, namespace } } = identity;
  return normalise({ apiVersion, kind, metadata: { name, namespace, labels: part.metadata?.labels ?? null, annotations: part.metadata?.annotations ?? null }, spec: part.spec ?? {} });
}

function edited(value: Json, node: SchemaNode, edits: readonly Edit[], path: string): Json | undefined {
  const whole = edits.find(({ tokens }) => tokens.length === 0);
  if (whole) return whole.to;
  if (!isContainer(value, node)) throw new Error(`'${path}' has no field ${edits[0]?.tokens.join(' ')}`);
  const groups = Map.groupBy(edits, ({ tokens }) => tokens[0] as string);
  const children = [...childrenOf(value, node).values()].flatMap((child): [string, Json][] => {
    const token = stepToken(child.step);
    const here = groups.get(token);
    groups.delete(token);
    const after = here ? edited(child.value, child.node, here.map(below), `${path} ${token}`) : child.value;
    return after === undefined ? [] : [[token, after]];
  });
  for (const [token, added] of [...groups].toSorted(byPosition)) {
    const childNode = childNodeOf(node, token);
    const made = edited(childNode.type === 'array' ? [] : {}, childNode, added.map(below), `${path} ${token}`);
    if (made !== undefined) children.push([token, made]);
  }
  return isJsonObject(value) ? Object.fromEntries(children) : children.map(([, child]) => child);
}

function childNodeOf(node: SchemaNode, token: string): SchemaNode {
  return node.properties?.[token] ?? node.additionalProperties ?? node.items ?? { type: 'object' };
}

const below = ({ tokens, to }: Edit): Edit => ({ tokens: tokens.slice(1), to });

/** Entries that are added to a list without keys come in their order; of others the order means nothing. */
function byPosition([a]: [string, unknown], [b]: [string, unknown]): number {
  return Number(a) - Number(b) || 0;
}
