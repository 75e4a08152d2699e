import { isJsonObject, kubeTime, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';
import { conflict, notFound, unexplained } from '../status-error.ts';
import { isDryRun, type Answer, type Call } from './call.ts';
import { jsonFault } from './decode-object.ts';
import { selectObjects, listAnswer } from './list-objects.ts';
import { checkDeleteOptions } from './options-faults.ts';
import { admissionSubject, keyFor, withMetadata, type Api } from './write-object.ts';

interface DeleteOptions {
  propagation: string | undefined;
  uid: string | undefined;
  resourceVersion: string | undefined;
  dryRun: boolean;
}

export const CRD_CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

export async function deleteObject(api: Api, call: Call, resource: Resource): Promise<Answer> {
  const options = readOptions(call);
  const { namespace, name } = call.info;
  const outcome = await removeOne(api, call, resource, keyFor(resource, namespace, name), name, options);
  return { status: 200, body: outcome.gone ? success(resource, outcome.object) : outcome.object };
}

export async function deleteCollection(api: Api, call: Call, resource: Resource): Promise<Answer> {
  const options = readOptions(call);
  const selected = selectObjects(api, call, resource);
  const version = String(api.store.version);
  for (const object of selected) {
    const name = object.metadata.name ?? '';
    const key = keyFor(resource, object.metadata.namespace ?? '', name);
    // Others may have deleted it since the list was made.
    if (api.store.collection(resource.collection).get(key) === undefined) continue;
    await removeOne(api, call, resource, key, name, options);
  }
  return { status: 200, body: listAnswer(resource, selected, { continue: '', resourceVersion: version }) };
}

async function removeOne(
  api: Api,
  call: Call,
  resource: Resource,
  key: string,
  name: string,
  options: DeleteOptions,
): Promise<{ gone: boolean; object: KubeObject }> {
  const collection = api.store.collection(resource.collection);
  for (;;) {
    const live = collection.get(key);
    if (live === undefined) throw notFound(resource, name);
    checkPreconditions(live, resource, options);
    const subject = { ...admissionSubject(call, resource, 'DELETE', name), dryRun: options.dryRun };
    await api.admission.mutate(subject, undefined, live);
    await api.admission.validate(subject, undefined, live);
    if (collection.get(key) !== live) continue;
    const terminating = terminate(live, resource, options.propagation);
    if (terminating === undefined) {
      if (!options.dryRun) api.store.remove(resource.collection, key, live);
      return { gone: true, object: live };
    }
    if (terminating === live || options.dryRun) return { gone: false, object: terminating };
    return { gone: false, object: api.store.write(resource.collection, key, terminating) };
  }
}

/** The object as it waits for its finalizers; undefined when nothing holds it. */
function terminate(live: KubeObject, resource: Resource, propagation: string | undefined): KubeObject | undefined {
  const finalizers = new Set(live.metadata.finalizers ?? []);
  if (propagation === 'Foreground') finalizers.add('foregroundDeletion');
  if (propagation === 'Orphan') finalizers.add('orphan');
  if (resource.resource === 'customresourcedefinitions') finalizers.add(CRD_CLEANUP);
  const isNamespace = resource.collection === '/namespaces';
  if (finalizers.size === 0 && !(isNamespace && hasNamespaceFinalizers(live))) return undefined;
  if (live.metadata.deletionTimestamp !== undefined) return live;
  const counted = resource.custom ? { generation: (live.metadata.generation ?? 0) + 1, deletionGracePeriodSeconds: 0 } : {};
  const kept = finalizers.size === 0 ? {} : { finalizers: [...finalizers] };
  const object = withMetadata(live, { ...counted, ...kept, deletionTimestamp: kubeTime() });
  return resource.terminating?.(object) ?? object;
}

function hasNamespaceFinalizers(namespace: KubeObject): boolean {
  const finalizers = isJsonObject(namespace.spec) ? namespace.spec.finalizers : undefined;
  return Array.isArray(finalizers) && finalizers.length > 0;
}

function checkPreconditions(live: KubeObject, resource: Resource, { uid, resourceVersion }: DeleteOptions): void {
  const name = live.metadata.name ?? '';
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, why, resource.kind);
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`;
    throw conflict(resource, name, why, resource.kind);
  }
}

function readOptions(call: Call): DeleteOptions {
  let body: JsonValue = {};
  if (call.body !== '') {
    try {
      body = JSON.parse(call.body) as JsonValue;
    } catch (error) {
      throw unexplained(`couldn't get version/kind; json parse error: ${jsonFault(call.body, error)}`);
    }
  }
  const options = isJsonObject(body) ? body : {};
  const preconditions = isJsonObject(options.preconditions) ? options.preconditions : {};
  const propagation = call.query.get('propagationPolicy') ?? text(options.propagationPolicy);
  const dryRun = Array.isArray(options.dryRun) ? options.dryRun.map(String) : [];
  checkDeleteOptions(call, propagation, dryRun);
  return {
    propagation,
    uid: text(preconditions.uid),
    resourceVersion: text(preconditions.resourceVersion),
    dryRun: isDryRun(call) || dryRun.includes('All'),
  };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function success(resource: Resource, object: KubeObject): JsonObject {
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: object.metadata.name, ...group, kind: resource.resource, uid: object.metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
