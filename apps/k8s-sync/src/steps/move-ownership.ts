import { FIELD_MANAGER } from '../api/api-client.ts';
import type { ManagedFieldsEntry } from '../api/kube-answer.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The managedFields after the fields of the named managers went to heddle's Apply entry. Entries of other managers and
 * of subresources stay. Returns null when none of the named managers owns anything.
 */
export function moveOwnership(entries: readonly ManagedFieldsEntry[], fromManagers: readonly string[], apiVersion: string, now: Date): ManagedFieldsEntry[] | null {
  const named = (entry: ManagedFieldsEntry): boolean => !entry.subresource && fromManagers.includes(entry.manager ?? '') && !isOwn(entry);
  const moved = entries.filter(named);
  if (moved.length === 0) return null;
  const own = entries.filter(isOwn);
  const fields = [...own, ...moved].reduce<Fields>((all, entry) => unionFields(all, entry.fieldsV1 ?? {}), {});
  return [
    { manager: FIELD_MANAGER, operation: 'Apply', apiVersion, time: now.toISOString().replace(/\.\d+Z$/, 'Z'), fieldsType: 'FieldsV1', fieldsV1: fields },
    ...entries.filter((entry) => !named(entry) && !isOwn(entry)),
  ];
}

/** Union of two FieldsV1 trees; "." (the field itself) is an ordinary member. */
export function unionFields(a: Fields, b: Fields): Fields {
  const union: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    union[key] = key in union ? unionFields(union[key] as Fields, value as Fields) : value;
  }
  return union;
}

function isOwn(entry: ManagedFieldsEntry): boolean {
  return entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && !entry.subresource;
}
