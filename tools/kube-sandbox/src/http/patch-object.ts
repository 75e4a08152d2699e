import { applyConfig } from '../fields/field-manager.ts';
import { isJsonObject, type JsonValue, type KubeObject, type ObjectMeta } from '../kube-object.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicPatch } from '../patch/strategic-patch.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { badRequest, conflict, fieldFault, forbidden, invalid, notFound, StatusError, unsupportedMediaType } from '../status-error.ts';
import type { Answer, Call } from './call.ts';
import { jsonFault, mediaType, parseYaml, settleUnknown, StrictDecodingError } from './decode-object.ts';
import { checkWriteOptions } from './options-faults.ts';
import { createObject, keyFor, updateObject, writerFor, type Api } from './write-object.ts';

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

export async function patchObject(api: Api, call: Call, resource: Resource): Promise<Answer> {
  const type = mediaType(call);
  const accepted = resource.custom ? [JSON_PATCH, MERGE, APPLY] : [JSON_PATCH, MERGE, STRATEGIC, APPLY];
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  checkWriteOptions(call, 'PatchOptions', type === APPLY);
  if (type === APPLY) return applyObject(api, call, resource);
  const patch = parsePatch(call.body, type);
  const object = await updateObject(api, call, resource, (live) => {
    const patched = patchLive(served(live, resource), patch, type);
    checkName(patched.metadata, call);
    return { object: settlePatched(patched, live, call, resource) };
  });
  return { status: 200, body: object };
}

/** The stored object in the version of the request. */
function served(live: KubeObject, resource: Resource): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return live.apiVersion === apiVersion ? live : { ...live, apiVersion };
}

function parsePatch(text: string, type: string): JsonValue {
  let patch: JsonValue;
  try {
    patch = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw badRequest(`error decoding patch: ${jsonFault(text, error)}`);
  }
  if (type !== JSON_PATCH && !isJsonObject(patch)) {
    const kind = Array.isArray(patch) ? 'array' : typeof patch;
    throw badRequest(`error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  return patch;
}

function patchLive(live: KubeObject, patch: JsonValue, type: string): KubeObject {
  if (type === JSON_PATCH) return jsonPatch(live, patch);
  if (type === STRATEGIC && isJsonObject(patch)) return strategicPatch(live, patch) as KubeObject;
  return mergePatch(live, patch) as KubeObject;
}

function checkName(metadata: ObjectMeta, call: Call): void {
  const name = metadata.name ?? '';
  if (name !== call.info.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.info.name})`);
}

/** A patch that brings unknown fields is, under Strict, a 422 that shows the whole result. */
function settlePatched(patched: KubeObject, live: KubeObject, call: Call, resource: Resource): KubeObject {
  try {
    const settled = settleUnknown(patched, [], call, resource);
    const { managedFields } = live.metadata;
    const untouched = patched.metadata.managedFields === managedFields;
    return untouched ? settled : keepResult(settled, patched);
  } catch (error) {
    if (!(error instanceof StrictDecodingError)) throw error;
    const shown = JSON.stringify(JSON.stringify(sortKeys(patched)));
    throw invalid('', '', '', [fieldFault.invalid('patch', shown, error.strictText)]);
  }
}

function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortKeys(value[key] ?? null)]));
}

function keepResult(settled: KubeObject, patched: KubeObject): KubeObject {
  return { ...settled, metadata: { ...settled.metadata, managedFields: patched.metadata.managedFields } };
}

async function applyObject(api: Api, call: Call, resource: Resource): Promise<Answer> {
  const config = parseApply(call, resource);
  const { namespace, name } = call.info;
  const force = call.query.get('force') === 'true';
  const writer = writerFor(call, resource);
  const key = keyFor(resource, namespace, name);
  if (api.store.collection(resource.collection).get(key) === undefined) {
    try {
      return { status: 201, body: await createByApply(api, call, resource, config) };
    } catch (error) {
      // Another apply has created it while webhooks were asked: then this one is an update.
      const existsNow = error instanceof StatusError && error.reason === 'AlreadyExists';
      if (!existsNow || api.store.collection(resource.collection).get(key) === undefined) throw error;
    }
  }
  const object = await updateObject(api, call, resource, (live) => {
    const applied = applyConfig(served(live, resource), config, resource.schema, writer, force);
    const { uid, resourceVersion } = config.metadata;
    const metadata = {
      ...applied.object.metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    return { object: { ...applied.object, metadata }, managedFields: applied.managedFields, applied: true };
  });
  return { status: 200, body: object };
}

async function createByApply(api: Api, call: Call, resource: Resource, config: KubeObject): Promise<KubeObject> {
  const { name, namespace, subresource } = call.info;
  if (subresource !== '') throw notFound(resource, name);
  const { uid } = config.metadata;
  if (uid !== undefined) {
    throw conflict(resource, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  }
  const attributes = { verb: 'create', group: resource.group, resource: resource.resource, namespace, name };
  if (!api.authorizer.decide(call.user, attributes).allowed) throw forbidden(resource, name, denialText(call, resource));
  const empty: KubeObject = { apiVersion: config.apiVersion, kind: config.kind, metadata: { name } };
  const applied = applyConfig(empty, config, resource.schema, writerFor(call, resource), true);
  return createObject(api, call, resource, applied.object, { managedFields: applied.managedFields });
}

function denialText(call: Call, resource: Resource): string {
  const where = resource.namespaced ? `in the namespace "${call.info.namespace}"` : 'at the cluster scope';
  return `User "${call.user.name}" cannot create resource "${resource.resource}" in API group "${resource.group}" ${where}`;
}

/** Reads the applied object: JSON or YAML, of the right type and name, without managedFields. */
function parseApply(call: Call, resource: Resource): KubeObject {
  let value: JsonValue;
  try {
    value = JSON.parse(call.body) as JsonValue;
  } catch {
    value = parseYaml(call.body).value;
  }
  const object = isJsonObject(value) ? value : {};
  const apiVersion = typeof object.apiVersion === 'string' ? object.apiVersion : '';
  const kind = typeof object.kind === 'string' ? object.kind : '';
  if (apiVersion === '' || kind === '') throw badRequest(`invalid object type: /, Kind=${kind}`);
  const expected = apiVersionOf(resource);
  if (apiVersion !== expected || kind !== resource.kind) {
    throw badRequest(`invalid object type: ${apiVersion}, Kind=${kind}`);
  }
  const metadata: ObjectMeta = isJsonObject(object.metadata) ? { ...object.metadata } : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  checkName({ ...metadata, name: metadata.name ?? call.info.name }, call);
  return { ...object, apiVersion, kind, metadata: { ...metadata, name: call.info.name } };
}
