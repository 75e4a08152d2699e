import type { KubeObject } from '../kube-object.ts';
import { badRequest } from '../status-error.ts';

export type Predicate = (object: KubeObject) => boolean;

interface Requirement {
  key: string;
  operator: 'exists' | 'absent' | 'in' | 'notin';
  values: string[];
}

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`. 400 with the server's words where it can't. */
export function labelPredicate(selector: string): Predicate {
  const requirements = splitRequirements(selector).map(parseRequirement);
  return (object) => requirements.every((requirement) => labelMatches(object.metadata.labels?.[requirement.key], requirement));
}

/** A LabelSelector object (matchLabels, matchExpressions), as webhooks carry. Empty or missing selects all. */
export function labelSelectorMatches(selector: unknown, labels: { [key: string]: string } | undefined): boolean {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: { [key: string]: string };
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const operators: { [name: string]: Requirement['operator'] } = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: 'absent' };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels?.[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      labelMatches(labels?.[key], { key, operator: operators[operator] ?? 'exists', values }),
    )
  );
}

function labelMatches(value: string | undefined, { operator, values }: Requirement): boolean {
  if (operator === 'exists') return value !== undefined;
  if (operator === 'absent') return value === undefined;
  if (operator === 'in') return value !== undefined && values.includes(value);
  return value === undefined || !values.includes(value);
}

function splitRequirements(selector: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of selector) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(current);
      current = '';
    } else current += char;
  }
  parts.push(current);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function parseRequirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\((.*)$/s.exec(text);
  if (set !== null) {
    const [, key = '', operator, rest = ''] = set;
    if (!rest.endsWith(')')) throw badRequest("unable to parse requirement: found '', expected: ',', ')' or identifier");
    const values = rest.slice(0, -1).split(',').map((value) => value.trim());
    return { key, operator: operator === 'in' ? 'in' : 'notin', values };
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] };
  }
  if (/^!\s*\S+$/.test(text)) return { key: text.slice(1).trim(), operator: 'absent', values: [] };
  if (/^[^\s=!()]+$/.test(text)) return { key: text, operator: 'exists', values: [] };
  throw badRequest(`unable to parse requirement: found '${text}', expected: identifier`);
}

/** Parses a field selector: metadata.name and metadata.namespace, and the extra paths that a kind allows. */
export function fieldPredicate(selector: string, extra: string[] = []): { matches: Predicate; name: string | undefined } {
  const tests: Predicate[] = [];
  let name: string | undefined;
  for (const part of selector.split(',').filter((text) => text !== '')) {
    const parsed = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(part);
    if (parsed === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = '', operator, value = ''] = parsed;
    if (path !== 'metadata.name' && path !== 'metadata.namespace' && !extra.includes(path)) {
      throw badRequest(`field label not supported: ${path}`);
    }
    if (path === 'metadata.name' && operator !== '!=') name = value;
    tests.push((object) => (fieldText(object, path) === value) === (operator !== '!='));
  }
  return { matches: (object) => tests.every((test) => test(object)), name };
}

function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const key of path.split('.')) value = (value as { [key: string]: unknown } | undefined)?.[key];
  return value === undefined || value === null ? '' : String(value as string | number | boolean);
}
