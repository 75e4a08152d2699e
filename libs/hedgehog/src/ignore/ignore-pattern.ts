import type { IgnoreRule } from '@heddle/contracts';
import { comparisonNode } from '../diff/merge-node.ts';
import { stepToken, pathTokens } from '../path-tokens.ts';
import type { PathStep } from '../field-path.ts';
import { MANAGED_KINDS, descriptorOf } from '../kinds/kinds.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

/** Stands for any key or entry. */
const ANY = '*';

/** Whether a token of an ignore rule's path names the step. */
export function tokenMatches(token: string, step: PathStep): boolean {
  if (token === ANY) return true;
  if (typeof step !== 'object') return stepToken(step) === token;
  // A number tells entries of one key apart; rules name them by their key alone.
  const { '#': _again, ...key } = step;
  return stepToken(key) === token;
}

/** The tokens of a rule's path where the rule speaks of the object; undefined where it does not. */
export function tokensFor(rule: IgnoreRule, kind: string, name: string): string[] | undefined {
  if ((rule.kind !== undefined && rule.kind !== kind) || (rule.name !== undefined && rule.name !== name)) return undefined;
  return pathTokens(rule.path);
}

/** What is wrong with an ignore rule: `field` is that of the rule. */
export interface IgnoreFault {
  readonly field: 'kind' | 'path';
  readonly message: string;
}

/**
 * Checks that a rule can ever speak of something: a managed kind, and a path that its schema has (of one kind at least
 * where the rule names none). Null when it is right. What as a whole makes the object can't be ignored.
 */
export function ignoreFault(rule: IgnoreRule): IgnoreFault | null {
  const tokens = pathTokens(rule.path);
  if (!tokens || tokens.length === 0) return { field: 'path', message: `'${rule.path}' is not a field path; write it like spec.subnets.default.vlan, spec.links[*].mtu or metadata.annotations[example.com/note]` };
  if (rule.kind !== undefined && !descriptorOf(rule.kind)?.managed) return { field: 'kind', message: `'${rule.kind}' is not a kind that Heddle manages; use one of ${MANAGED_KINDS.map(({ kind }) => kind).join(', ')}` };
  if (tokens[0] !== 'spec' && !(tokens[0] === 'metadata' && (tokens[1] === 'labels' || tokens[1] === 'annotations'))) {
    return { field: 'path', message: `'${rule.path}' is never compared: a path begins with spec, metadata.labels or metadata.annotations` };
  }
  if (tokens.length === 1) return { field: 'path', message: `'${rule.path}' is the whole object; name its fields` };
  const kinds = rule.kind === undefined ? MANAGED_KINDS.map(({ kind }) => kind) : [rule.kind];
  const faults = kinds.map((kind) => pathFault(tokens, comparisonNode(kind), kind, ''));
  if (faults.includes(null)) return null;
  return { field: 'path', message: rule.kind === undefined ? `no kind has a field '${rule.path}'` : `'${rule.path}': ${faults[0]}` };
}

function pathFault(tokens: readonly string[], node: SchemaNode, kind: string, above: string): string | null {
  const [token, ...rest] = tokens;
  if (token === undefined) return null;
  const where = above === '' ? kind : above;
  if (node.properties) {
    const child = node.properties[token];
    if (!child) return `${where} has no field '${token}'; it has ${Object.keys(node.properties).join(', ') || 'none'}`;
    return pathFault(rest, child, kind, token);
  }
  if (node.additionalProperties) return pathFault(rest, node.additionalProperties, kind, `${where}.${token}`);
  if (!node.items) return `${where} has no fields below it`;
  const fault = entryFault(token, node, where);
  return fault ?? pathFault(rest, node.items, kind, `${where}[${token}]`);
}

function entryFault(token: string, { listAs }: SchemaNode, where: string): string | null {
  if (listAs?.kind === 'set') return `${where} is compared as a whole; end the path there`;
  if (token === ANY) return null;
  if (!listAs) return /^\d+$/.test(token) ? null : `entries of ${where} are named by position or *, such as ${where}[0]`;
  const named = token.split(',').map((part) => part.split('=')[0]);
  const fits = named.length === listAs.by.length && listAs.by.every((key, index) => named[index] === key) && token.split(',').every((part) => part.includes('='));
  return fits ? null : `entries of ${where} are named by ${listAs.by.join(' and ')}, such as ${where}[${listAs.by.map((key) => `${key}=…`).join(',')}], or by *`;
}
