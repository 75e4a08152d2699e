import { compareKeys, type ManagedFieldsEntry } from '../kube-object.ts';
import { FieldSet } from './field-set.ts';

/**
 * One entry of managedFields, decoded. Two entries are the same manager when name, operation and subresource agree, and
 * for updates the version too: an applier stays the same when it applies another version.
 */
export interface Manager {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
  time: string;
  set: FieldSet;
}

export function managerKey(manager: Omit<Manager, 'set' | 'time'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return JSON.stringify([manager.manager, manager.operation, version, manager.subresource]);
}

const decoded = new WeakMap<ManagedFieldsEntry[], Map<string, Manager>>();

/** Decoded entries by key. Kept per array: stored objects never change, so a hot object is decoded once. */
export function decodeManagers(entries: ManagedFieldsEntry[] | undefined): Map<string, Manager> {
  if (entries === undefined) return new Map();
  let managers = decoded.get(entries);
  if (managers === undefined) {
    managers = new Map();
    for (const entry of entries) {
      if (entry.operation !== 'Apply' && entry.operation !== 'Update') continue;
      const manager: Manager = {
        manager: entry.manager ?? '',
        operation: entry.operation,
        apiVersion: entry.apiVersion ?? '',
        subresource: entry.subresource ?? '',
        time: entry.time ?? '',
        set: FieldSet.from(entry.fieldsV1 ?? {}),
      };
      managers.set(managerKey(manager), manager);
    }
    decoded.set(entries, managers);
  }
  return new Map(managers);
}

/** Apply entries first, then by time, then by name; undefined when nobody owns anything. */
export function encodeManagers(managers: Map<string, Manager>): ManagedFieldsEntry[] | undefined {
  const entries = [...managers.values()].filter((manager) => !manager.set.isEmpty());
  if (entries.length === 0) return undefined;
  return entries.sort(compareManagers).map((manager) => ({
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === '' ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: manager.set.toFieldsV1(),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  }));
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareKeys(a.operation, b.operation) ||
    compareKeys(a.time, b.time) ||
    compareKeys(a.manager, b.manager) ||
    compareKeys(a.apiVersion, b.apiVersion) ||
    compareKeys(a.subresource, b.subresource)
  );
}

/** Whether two lists tell the same, times apart: a write that changes nothing else is no write. */
export function sameManagers(left: ManagedFieldsEntry[] | undefined, right: ManagedFieldsEntry[] | undefined): boolean {
  if (left === right) return true;
  const before = decodeManagers(left);
  const after = decodeManagers(right);
  if (before.size !== after.size) return false;
  return [...before].every(([key, { apiVersion, set }]) => {
    const other = after.get(key);
    return other?.apiVersion === apiVersion && other.set.equals(set);
  });
}
