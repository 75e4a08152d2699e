import { jsonEquals, kubeTime, type JsonObject, type JsonValue, type KubeObject, type ManagedFieldsEntry, type ObjectMeta } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { StatusError, unexplained } from '../status-error.ts';
import { fieldsOf, typeFault } from './applied-fields.ts';
import { compareFields, type FieldChanges } from './compare-fields.ts';
import { fieldElement, FieldSet } from './field-set.ts';
import { decodeManagers, encodeManagers, managerKey, type Manager } from './managers.ts';
import { mergeApplied, withoutFields } from './merge-applied.ts';

/** Who writes, and through which endpoint. `reset` are the top-level fields that this endpoint cannot write. */
export interface FieldWriter {
  manager: string;
  apiVersion: string;
  subresource: string;
  reset: string[];
}

/** Metadata that is owned by nobody. */
const UNTRACKED = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** The object as ownership sees it. */
function tracked(object: KubeObject, reset: string[] = []): JsonObject {
  const view: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (key !== 'apiVersion' && key !== 'kind' && key !== 'metadata' && !reset.includes(key)) view[key] = object[key];
  }
  const metadata: JsonObject = {};
  for (const key of Object.keys(object.metadata)) if (!UNTRACKED.has(key)) metadata[key] = object.metadata[key];
  if (Object.keys(metadata).length > 0) view.metadata = metadata;
  return view;
}

/** What a create, PUT or patch makes of managedFields: the writer owns what it changed, others lose it. */
export function managersAfterUpdate(
  live: KubeObject | undefined,
  next: KubeObject,
  node: SchemaNode,
  writer: FieldWriter,
): ManagedFieldsEntry[] | undefined {
  const source = managersBefore(live, next, writer);
  if (source.cleared) return undefined;
  const managers = source.managers;
  const changes = compareFields(live === undefined ? {} : tracked(live, writer.reset), tracked(next, writer.reset), node);
  stripMetadataItself(changes);
  const taken = changes.modified.union(changes.added);
  takeFromOthers(managers, taken.union(changes.removed), undefined);
  if (taken.isEmpty()) return encodeManagers(managers);
  const { manager, apiVersion, subresource } = writer;
  const own = { manager, operation: 'Update' as const, apiVersion, subresource };
  const key = managerKey(own);
  const set = managers.get(key)?.set.union(taken) ?? taken;
  managers.set(key, { ...own, time: kubeTime(), set });
  return encodeManagers(managers);
}

/** A client may send managedFields of its own: a valid list replaces the live one, `[{}]` clears it, anything else is ignored. */
function managersBefore(
  live: KubeObject | undefined,
  next: KubeObject,
  writer: FieldWriter,
): { cleared: boolean; managers: Map<string, Manager> } {
  const sent = next.metadata.managedFields;
  if (writer.subresource === '' && sent !== undefined && sent !== live?.metadata.managedFields) {
    if (sent.length === 1 && sent[0] !== undefined && Object.keys(sent[0]).length === 0) return { cleared: true, managers: new Map() };
    const managers = decodeManagers(sent);
    if (managers.size > 0) return { cleared: false, managers };
  }
  return { cleared: false, managers: decodeManagers(live?.metadata.managedFields) };
}

/** `metadata` and its like stand for no field of their own. */
function stripMetadataItself(changes: FieldChanges): void {
  for (const set of Object.values(changes)) (set as FieldSet).members.delete(fieldElement('metadata'));
}

function takeFromOthers(managers: Map<string, Manager>, taken: FieldSet, except: string | undefined): void {
  for (const [key, manager] of managers) {
    if (key === except) continue;
    const set = manager.set.difference(taken);
    if (set.isEmpty()) managers.delete(key);
    else if (set !== manager.set) managers.set(key, { ...manager, set });
  }
}

export interface Applied {
  object: KubeObject;
  managedFields: ManagedFieldsEntry[] | undefined;
}

/** Server-side apply of `config` over `live`. Throws 409 with a cause per field that others own and `force` is not set. */
export function applyConfig(live: KubeObject, config: KubeObject, node: SchemaNode, writer: FieldWriter, force: boolean): Applied {
  const fault = typeFault(config, node);
  if (fault !== undefined) {
    const of = `${config.metadata.namespace ?? ''}/${config.metadata.name ?? ''}; ${config.apiVersion}, Kind=${config.kind}`;
    throw unexplained(`failed to create typed patch object (${of}): ${fault}`);
  }
  const managers = decodeManagers(live.metadata.managedFields);
  const current = tracked(live);
  adoptUnowned(managers, current, live, node);
  const { manager, apiVersion, subresource } = writer;
  const own = { manager, operation: 'Apply' as const, apiVersion, subresource };
  const key = managerKey(own);
  const last = managers.get(key);
  const view = tracked(config, writer.reset);
  const set = fieldsOf(view, node);
  set.members.delete(fieldElement('metadata'));
  managers.set(key, { ...own, time: last?.time ?? '', set });
  const merged = mergeApplied(current, view, node);
  const pruned = last === undefined ? merged : pruneDropped(merged, last.set, managers, node);
  const changes = compareFields(current, pruned, node);
  if (!force) refuseConflicts(managers, changes, key);
  takeFromOthers(managers, changes.modified.union(changes.added).union(changes.removed), key);
  // An apply that changes ownership alone leaves the time as it was, or out.
  if (!jsonEquals(current, pruned)) managers.set(key, { ...own, time: kubeTime(), set });
  return { object: restore(live, pruned as JsonObject), managedFields: encodeManagers(managers) };
}

/** An object without managers, met by its first apply, is owned by 'before-first-apply'. */
function adoptUnowned(managers: Map<string, Manager>, current: JsonObject, live: KubeObject, node: SchemaNode): void {
  if (managers.size > 0 || live.metadata.uid === undefined) return;
  const first = { manager: 'before-first-apply', operation: 'Update' as const, apiVersion: live.apiVersion, subresource: '' };
  const { added } = compareFields({}, current, node);
  added.members.delete(fieldElement('metadata'));
  if (!added.isEmpty()) managers.set(managerKey(first), { ...first, time: kubeTime(), set: added });
}

/** Removes what the applier owned before, does not apply now, and nobody else owns. */
function pruneDropped(merged: JsonValue, last: FieldSet, managers: Map<string, Manager>, node: SchemaNode): JsonValue {
  const before = last.withNamedFields(node);
  const all = fieldsOf(merged, node).withNamedFields(node);
  const survivors = () => fieldsOf(pruned, node).withNamedFields(node);
  let pruned = withoutFields(merged, before, node);
  let owned = new FieldSet();
  for (const manager of managers.values()) owned = owned.union(manager.set);
  pruned = withoutFields(merged, all.difference(survivors().union(owned.withNamedFields(node))), node);
  return withoutFields(merged, all.difference(survivors()).intersection(before), node);
}

function refuseConflicts(managers: Map<string, Manager>, changes: FieldChanges, own: string): void {
  const contested = changes.modified.union(changes.added);
  const conflicts = [...managers]
    .filter(([key]) => key !== own)
    .map(([, manager]) => ({ who: whoOf(manager), paths: manager.set.intersection(contested).paths() }))
    .filter(({ paths }) => paths.length > 0)
    .sort((a, b) => (a.who < b.who ? -1 : 1));
  if (conflicts.length === 0) return;
  const causes = conflicts.flatMap(({ who, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const only = causes.length === 1 ? causes[0] : undefined;
  const text =
    only !== undefined
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${conflicts.map(({ who, paths }) => `conflicts with ${who}:\n- ${paths.join('\n- ')}`).join('\n')}`;
  throw new StatusError(409, 'Conflict', text, { causes });
}

function whoOf(manager: Manager): string {
  const subresource = manager.subresource === '' ? '' : ` with subresource "${manager.subresource}"`;
  return manager.operation === 'Apply'
    ? `"${manager.manager}"${subresource}`
    : `"${manager.manager}"${subresource} using ${manager.apiVersion}`;
}

/** Puts the merged view back under the live object's own metadata. */
function restore(live: KubeObject, view: JsonObject): KubeObject {
  const metadata: ObjectMeta = {};
  for (const key of Object.keys(live.metadata)) if (UNTRACKED.has(key)) metadata[key] = live.metadata[key];
  return { ...view, apiVersion: live.apiVersion, kind: live.kind, metadata: { ...metadata, ...(view.metadata as ObjectMeta | undefined) } };
}
