import { randomUUID } from 'node:crypto';
import type { Admission, AdmissionSubject } from '../admission/admission.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { managersAfterUpdate, type FieldWriter } from '../fields/field-manager.ts';
import { sameManagers } from '../fields/managers.ts';
import { jsonEquals, kubeTime, type JsonObject, type KubeObject, type ManagedFieldsEntry, type ObjectMeta } from '../kube-object.ts';
import { finalizerWarnings, metadataFaults } from '../resources/metadata-faults.ts';
import type { Registry } from '../resources/registry.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { defaultObject } from '../schema/default.ts';
import { pruneObject } from '../schema/prune.ts';
import { validateObject, validateStatus } from '../schema/validate.ts';
import { alreadyExists, badRequest, conflict, fieldFault, forbidden, invalid, notFound, unexplained } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import { isDryRun, managerOf, type Call } from './call.ts';

/** What the handlers share. */
export interface Api {
  store: Store;
  registry: Registry;
  authorizer: Authorizer;
  admission: Admission;
}

export function keyFor(resource: Resource, namespace: string, name: string): string {
  return resource.namespaced ? `${namespace}/${name}` : name;
}

export function writerFor(call: Call, resource: Resource): FieldWriter {
  const subresource = call.info.subresource;
  const reset = !resource.hasStatus ? [] : subresource === 'status' ? ['spec'] : ['status'];
  return { manager: managerOf(call), apiVersion: apiVersionOf(resource), subresource, reset };
}

export function admissionSubject(
  call: Call,
  resource: Resource,
  operation: AdmissionSubject['operation'],
  name: string,
): AdmissionSubject {
  const kind = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' }[operation];
  const options: JsonObject = { kind, apiVersion: 'meta.k8s.io/v1' };
  if (isDryRun(call)) options.dryRun = ['All'];
  for (const key of operation === 'DELETE' ? [] : ['fieldManager', 'fieldValidation']) {
    const value = call.query.get(key);
    if (value !== null) options[key] = value;
  }
  const { namespace, subresource } = call.info;
  return { resource, subresource, operation, namespace, name, user: call.user, dryRun: isDryRun(call), options, warnings: call.warnings };
}

/** Refuses new objects where there is no namespace, or one that is being removed. */
function checkNamespace(api: Api, resource: Resource, namespace: string, name: string): void {
  if (!resource.namespaced) return;
  const found = api.store.collection('/namespaces').get(namespace);
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces', kind: 'Namespace' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
  throw forbidden(resource, name, why, [cause]);
}

/** Default, complete and drop what the schema does not know: done when an object comes in, and again after webhooks. */
function normalise(object: KubeObject, resource: Resource): KubeObject {
  const defaulted = withoutEmptyMetadata(defaultObject(resource.custom ? object : withoutNulls(object), resource.schema));
  return resource.complete === undefined ? defaulted : resource.complete(defaulted);
}

/** Built-in kinds are typed: a null is the same as nothing. */
function withoutNulls(object: KubeObject): KubeObject {
  if (!Object.values(object).includes(null)) return object;
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null)) as KubeObject;
}

/** Empty lists and maps in metadata are as good as absent. */
function withoutEmptyMetadata(object: KubeObject): KubeObject {
  const empty = Object.entries(object.metadata).filter(([, value]) => typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return empty.length === 0 ? object : withMetadata(object, Object.fromEntries(empty.map(([key]) => [key, undefined])));
}

function objectFaults(object: KubeObject, live: KubeObject | undefined, resource: Resource, subresource: string) {
  return [
    ...metadataFaults(object, live, resource),
    ...(resource.custom && subresource === 'status' ? validateStatus(object.status, resource.schema) : []),
    ...(resource.custom && subresource === '' ? validateObject(object, resource.schema) : []),
    ...(resource.validate?.(object, live) ?? []),
  ];
}

/** Creates a decoded object. `applied` holds the owners when it comes from server-side apply. */
export async function createObject(
  api: Api,
  call: Call,
  resource: Resource,
  incoming: KubeObject,
  applied?: { managedFields: ManagedFieldsEntry[] | undefined },
): Promise<KubeObject> {
  const { namespace } = call.info;
  if (resource.namespaced && (incoming.metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const version = incoming.metadata.resourceVersion;
  if (applied === undefined && version !== undefined && version !== '') {
    throw unexplained('resourceVersion should not be set on objects to be created');
  }
  let object = normalise(withNamespace(incoming, resource, namespace), resource);
  object = withMetadata(object, { managedFields: applied === undefined ? ownersOfNew(object, resource, call) : applied.managedFields });
  const name = object.metadata.name ?? '';
  checkNamespace(api, resource, namespace, name);
  const subject = admissionSubject(call, resource, 'CREATE', name);
  const mutated = await api.admission.mutate(subject, object, undefined);
  if (mutated !== undefined && mutated !== object) object = normalise(pruneObject(mutated, resource.schema).object, resource);
  object = startLife(object, resource);
  const faults = objectFaults(object, undefined, resource, '');
  if (faults.length > 0) throw invalid(resource.kind, resource.group, object.metadata.name ?? '', faults);
  call.warnings.push(...finalizerWarnings(object, undefined));
  await api.admission.validate(subject, object, undefined);
  const key = keyFor(resource, namespace, object.metadata.name ?? '');
  const existing = api.store.collection(resource.collection).get(key);
  if (existing !== undefined) {
    const prefix = existing.metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: ';
    throw alreadyExists(resource, object.metadata.name ?? '', prefix);
  }
  return isDryRun(call) ? object : api.store.write(resource.collection, key, object);
}

function ownersOfNew(object: KubeObject, resource: Resource, call: Call): ManagedFieldsEntry[] | undefined {
  const empty = { ...resource.blank, apiVersion: object.apiVersion, kind: object.kind, metadata: {} };
  return managersAfterUpdate(empty, object, resource.schema, writerFor(call, resource));
}

function withNamespace(object: KubeObject, resource: Resource, namespace: string): KubeObject {
  const { namespace: _sent, ...metadata } = object.metadata;
  return { ...object, metadata: resource.namespaced ? { ...metadata, namespace } : metadata };
}

export function withMetadata(object: KubeObject, part: Partial<ObjectMeta>): KubeObject {
  const metadata: ObjectMeta = { ...object.metadata, ...part };
  for (const key of Object.keys(part)) if (part[key] === undefined) delete metadata[key];
  return { ...object, metadata };
}

/** Sets what only the server may set on a new object. */
function startLife(object: KubeObject, resource: Resource): KubeObject {
  const { status, ...rest } = object;
  const born = (resource.custom && resource.hasStatus) || status === undefined ? (rest as KubeObject) : object;
  const prefix = object.metadata.generateName ?? '';
  const generated = object.metadata.name === undefined && prefix !== '' ? { name: `${prefix}${randomSuffix()}` } : {};
  const started = withMetadata(born, {
    ...generated,
    uid: randomUUID(),
    creationTimestamp: kubeTime(),
    generation: resource.counted ? 1 : undefined,
    resourceVersion: undefined,
    selfLink: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
  });
  return resource.prepare?.(started, undefined) ?? started;
}

function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
}

/** What an update makes of the live object; may be called again when the live object has changed meanwhile. */
export type Change = (live: KubeObject) => { object: KubeObject; managedFields?: ManagedFieldsEntry[] | undefined; applied?: boolean };

/** Changes an existing object. Throws 404 when it is absent and `change` is not for creating. */
export async function updateObject(api: Api, call: Call, resource: Resource, change: Change): Promise<KubeObject> {
  const { namespace, name } = call.info;
  const key = keyFor(resource, namespace, name);
  const collection = api.store.collection(resource.collection);
  for (;;) {
    const live = collection.get(key);
    if (live === undefined) throw notFound(resource, name);
    const next = await prepareUpdate(api, call, resource, live, change);
    if (collection.get(key) !== live) continue;
    return commitUpdate(api, call, resource, live, next, key);
  }
}

async function prepareUpdate(api: Api, call: Call, resource: Resource, live: KubeObject, change: Change): Promise<KubeObject> {
  const changed = change(live);
  let object = normalise(changed.object, resource);
  const writer = writerFor(call, resource);
  const managedFields = changed.applied === true ? changed.managedFields : managersAfterUpdate(live, object, resource.schema, writer);
  object = withMetadata(object, { managedFields: sameManagers(live.metadata.managedFields, managedFields) ? live.metadata.managedFields : managedFields });
  const subject = admissionSubject(call, resource, 'UPDATE', call.info.name);
  const seen = withMetadata(object, serverMetadata(live, object));
  const mutated = await api.admission.mutate(subject, seen, live);
  object = mutated !== undefined && mutated !== seen ? normalise(pruneObject(mutated, resource.schema).object, resource) : seen;
  checkVersion(object, live, resource);
  object = continueLife(object, live, resource, call.info.subresource);
  const faults = objectFaults(object, live, resource, call.info.subresource);
  if (faults.length > 0) throw invalid(resource.kind, resource.group, call.info.name, faults);
  call.warnings.push(...finalizerWarnings(object, live));
  await api.admission.validate(subject, object, live);
  return object;
}

/** Metadata that a client cannot change; its resourceVersion and uid are kept to be checked. */
function serverMetadata(live: KubeObject, sent: KubeObject): Partial<ObjectMeta> {
  const { creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds, namespace, name } = live.metadata;
  return {
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
    name,
    selfLink: undefined,
    uid: sent.metadata.uid ?? live.metadata.uid,
    resourceVersion: sent.metadata.resourceVersion,
  };
}

function checkVersion(object: KubeObject, live: KubeObject, resource: Resource): void {
  const version = object.metadata.resourceVersion ?? '';
  if (version !== '' && !/^\d+$/.test(version)) throw unexplained(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  if (version === '' || version === '0') {
    if (!resource.custom && resource.resource !== 'customresourcedefinitions') return;
    const fault = fieldFault.invalid('metadata.resourceVersion', '0x0', 'must be specified for an update');
    throw invalid(resource.resource, resource.group, live.metadata.name ?? '', [fault]);
  }
  if (version !== live.metadata.resourceVersion) throw conflict(resource, live.metadata.name ?? '');
}

/** Keeps to what the endpoint may write, and counts the generation. */
function continueLife(object: KubeObject, live: KubeObject, resource: Resource, subresource: string): KubeObject {
  let next = object;
  if (subresource === 'status') {
    const { status: _old, ...rest } = live;
    const status = object.status === undefined ? {} : { status: object.status };
    next = { ...rest, ...status, metadata: { ...live.metadata, managedFields: object.metadata.managedFields } };
    return withMetadata(next as KubeObject, { managedFields: object.metadata.managedFields, uid: object.metadata.uid });
  }
  if (resource.hasStatus) {
    const { status: _sent, ...rest } = object;
    next = (live.status === undefined ? rest : { ...rest, status: live.status }) as KubeObject;
  }
  next = resource.prepare?.(next, live) ?? next;
  if (resource.counted && contentDiffers(next, live, resource)) {
    next = withMetadata(next, { generation: (live.metadata.generation ?? 0) + 1 });
  }
  return next;
}

function contentDiffers(next: KubeObject, live: KubeObject, resource: Resource): boolean {
  for (const key of new Set([...Object.keys(next), ...Object.keys(live)])) {
    if (key === 'metadata' || key === 'apiVersion' || (key === 'status' && resource.hasStatus)) continue;
    if (!jsonEquals(next[key], live[key])) return true;
  }
  return false;
}

function commitUpdate(api: Api, call: Call, resource: Resource, live: KubeObject, next: KubeObject, key: string): KubeObject {
  const object = withMetadata(next, { resourceVersion: live.metadata.resourceVersion });
  if (object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0 && resource.resource !== 'namespaces') {
    const last = withMetadata(object, { finalizers: undefined });
    // Watches see the object as it last stood, with its finalizer.
    if (!isDryRun(call)) api.store.remove(resource.collection, key, live);
    return last;
  }
  if (jsonEquals(object, live)) return live;
  return isDryRun(call) ? object : api.store.write(resource.collection, key, object);
}
