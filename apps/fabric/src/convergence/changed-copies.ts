import type { ObjectRef } from '@heddle/contracts';
import { canonicalJson, MANAGED_KINDS } from '@heddle/hedgehog';

type Body = Record<string, unknown> | null;

/** The objects whose copy within an Agent is another now: only these have to be looked at again. */
export function changedCopies(agentKind: string, agentName: string, before: Body, after: Body): ObjectRef[] {
  return MANAGED_KINDS.flatMap(({ kind, carriedBy }): ObjectRef[] => {
    if (carriedBy?.agentKind !== agentKind) return [];
    const [old, now] = [valueAt(before, carriedBy.path), valueAt(after, carriedBy.path)];
    if (carriedBy.single) return isSame(old, now) ? [] : [{ kind, name: agentName }];
    const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
    return [...names].filter((name) => !isSame(old?.[name], now?.[name])).map((name) => ({ kind, name }));
  });
}

function valueAt(body: Body, path: string): Record<string, unknown> | undefined {
  let value: unknown = body;
  for (const key of path.split('.')) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
