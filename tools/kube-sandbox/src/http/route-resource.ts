import { randomUUID } from 'node:crypto';
import type { Authenticator } from '../auth/authenticator.ts';
import { isJsonObject, kubeTime, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import type { Resource } from '../resources/resource.ts';
import { badRequest, conflict, notFound, StatusError } from '../status-error.ts';
import type { Answer, Call } from './call.ts';
import { decodeObject, StrictDecodingError } from './decode-object.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { listObjects, type StaleVersion } from './list-objects.ts';
import { checkWriteOptions } from './options-faults.ts';
import { patchObject } from './patch-object.ts';
import { createObject, keyFor, updateObject, type Api } from './write-object.ts';

export interface ResourceRoutes {
  api: Api;
  authenticator: Authenticator;
  stale: StaleVersion;
}

/** Answers every request on a resource but watches. */
export async function routeResource(routes: ResourceRoutes, call: Call, resource: Resource): Promise<Answer> {
  const { subresource } = call.info;
  try {
    if (subresource === 'token' && resource.collection === '/serviceaccounts') return issueToken(routes, call, resource);
    if (subresource === 'finalize' && resource.collection === '/namespaces') return finalizeNamespace(routes.api, call, resource);
    if (subresource !== '' && !(subresource === 'status' && resource.hasStatus)) throw noSuchPath();
    return await routeVerb(routes, call, resource);
  } catch (error) {
    throw error instanceof StrictDecodingError ? error.asBadRequest() : error;
  }
}

/** A 404 that is not a Status. */
export class PathNotFound extends Error {}

function noSuchPath(): PathNotFound {
  return new PathNotFound('404 page not found');
}

async function routeVerb({ api, stale }: ResourceRoutes, call: Call, resource: Resource): Promise<Answer> {
  const { name, namespace } = call.info;
  if (resource.namespaced && namespace === '' && call.info.verb !== 'list') throw noSuchPath();
  if (!resource.namespaced && namespace !== '' && resource.collection !== '/namespaces') throw noSuchPath();
  switch (call.method) {
    case 'GET':
      return name === '' ? listObjects(api, call, resource, stale) : { status: 200, body: getObject(api, call, resource) };
    case 'POST':
      if (name !== '') throw methodNotAllowed();
      checkWriteOptions(call, 'CreateOptions');
      return { status: 201, body: await createObject(api, call, resource, decodeObject(call, resource)) };
    case 'PUT':
      if (name === '') throw badRequest('name must be provided');
      checkWriteOptions(call, 'UpdateOptions');
      return { status: 200, body: await replaceObject(api, call, resource) };
    case 'PATCH':
      if (name === '') throw methodNotAllowed();
      return patchObject(api, call, resource);
    case 'DELETE':
      return name === '' ? deleteCollection(api, call, resource) : deleteObject(api, call, resource);
    default:
      throw methodNotAllowed();
  }
}

function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function getObject(api: Api, call: Call, resource: Resource): KubeObject {
  const { namespace, name } = call.info;
  const object = api.store.collection(resource.collection).get(keyFor(resource, namespace, name));
  if (object === undefined) throw notFound(resource, name);
  return object;
}

async function replaceObject(api: Api, call: Call, resource: Resource): Promise<KubeObject> {
  const object = decodeObject(call, resource);
  const { name, namespace } = call.info;
  const sent = object.metadata;
  if ((sent.name ?? '') !== name) throw badRequest(`the name of the object (${sent.name ?? ''}) does not match the name on the URL (${name})`);
  if (resource.namespaced && (sent.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const live = api.store.collection(resource.collection).get(keyFor(resource, namespace, name));
  if (sent.uid !== undefined && sent.uid !== (live?.metadata.uid ?? '')) {
    const key = `/registry/${resource.group}/${resource.resource}/${keyFor(resource, namespace, name)}`;
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${live?.metadata.uid ?? ''}`;
    throw conflict(resource, name, why);
  }
  return updateObject(api, call, resource, () => ({ object }));
}

/** The one endpoint that may empty spec.finalizers of a namespace, which lets it go when it is being removed. */
function finalizeNamespace(api: Api, call: Call, resource: Resource): Answer {
  const sent = decodeObject(call, resource);
  const live = getObject(api, call, resource);
  const spec = isJsonObject(sent.spec) ? sent.spec : {};
  const finalizers = Array.isArray(spec.finalizers) ? spec.finalizers : [];
  const object: KubeObject = { ...live, spec: finalizers.length === 0 ? {} : { finalizers } };
  const key = call.info.name;
  if (finalizers.length > 0 || live.metadata.deletionTimestamp === undefined) {
    return { status: 200, body: api.store.write(resource.collection, key, object) };
  }
  api.store.remove(resource.collection, key, object);
  return { status: 200, body: object };
}

const TOKEN_LIFE = 3600;

/** A token for a ServiceAccount. It works until the server stops; its expiry is told, not kept. */
function issueToken({ api, authenticator }: ResourceRoutes, call: Call, resource: Resource): Answer {
  const { namespace, name } = call.info;
  const account = getObject(api, call, resource);
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  const token = authenticator.issue(`system:serviceaccount:${namespace}:${name}`, groups, account.metadata.uid ?? randomUUID());
  const request = JSON.parse(call.body === '' ? '{}' : call.body) as JsonValue;
  const spec: JsonObject = isJsonObject(request) && isJsonObject(request.spec) ? request.spec : {};
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : TOKEN_LIFE;
  const status = { token, expirationTimestamp: kubeTime(new Date(Date.now() + seconds * 1000)) };
  const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name, namespace }, spec, status };
  return { status: 201, body };
}

