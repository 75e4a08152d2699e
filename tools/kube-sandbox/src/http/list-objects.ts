import { type JsonObject, type KubeObject } from '../kube-object.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { badRequest, expired, fieldFault, invalid, StatusError } from '../status-error.ts';
import type { Collection } from '../store/collection.ts';
import type { Answer, Call } from './call.ts';
import { fieldPredicate, labelPredicate, type Predicate } from './selectors.ts';
import { keyFor, type Api } from './write-object.ts';

const EXPIRED_TOKEN =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Which objects a request selects, by namespace, labels and fields. */
export function selection(call: Call, resource: Resource): { matches: Predicate; selective: boolean } {
  const tests: Predicate[] = [];
  const { namespace } = call.info;
  if (resource.namespaced && namespace !== '') tests.push((object) => object.metadata.namespace === namespace);
  const labels = call.query.get('labelSelector') ?? '';
  const fields = call.query.get('fieldSelector') ?? '';
  if (labels !== '') tests.push(labelPredicate(labels));
  if (fields !== '') tests.push(fieldPredicate(fields, resource.selectableFields).matches);
  if (call.info.name !== '') tests.push((object) => object.metadata.name === call.info.name);
  return { matches: (object) => tests.every((test) => test(object)), selective: labels !== '' || fields !== '' };
}

/** Everything that is selected now. */
export function selectObjects(api: Api, call: Call, resource: Resource): KubeObject[] {
  return api.store.collection(resource.collection).all().filter(selection(call, resource).matches);
}

/** Lets a test serve an older state to a list at resourceVersion=0. */
export type StaleVersion = (collection: Collection) => number | undefined;

export function listObjects(api: Api, call: Call, resource: Resource, stale: StaleVersion): Answer {
  const { matches, selective } = selection(call, resource);
  const collection = api.store.collection(resource.collection);
  const from = readPosition(api, call, collection, resource, stale);
  const objects = from.version === api.store.version ? collection.all() : collection.allAt(from.version);
  const selected = objects.filter((object) => matches(object) && (from.after === '' || keyOf(object, resource) > from.after));
  const limit = from.ignoreLimit ? 0 : Number(call.query.get('limit') ?? 0);
  const page = limit > 0 ? selected.slice(0, limit) : selected;
  const last = page.at(-1);
  const more = last !== undefined && page.length < selected.length;
  const meta: JsonObject = { continue: more ? tokenFor(from.version, keyOf(last, resource)) : '', resourceVersion: String(from.version) };
  if (more && !selective) meta.remainingItemCount = selected.length - page.length;
  return { status: 200, body: listAnswer(resource, page, meta) };
}

export function listAnswer(resource: Resource, items: KubeObject[], metadata: JsonObject): JsonObject {
  const apiVersion = apiVersionOf(resource);
  if (resource.custom) return { apiVersion, items, kind: resource.listKind, metadata };
  const { continue: next, ...rest } = metadata;
  return { kind: resource.listKind, apiVersion, metadata: next === '' ? rest : metadata, items };
}

interface Position {
  version: number;
  /** Only keys after this one. */
  after: string;
  ignoreLimit: boolean;
}

function readPosition(api: Api, call: Call, collection: Collection, resource: Resource, stale: StaleVersion): Position {
  const asked = call.query.get('resourceVersion') ?? '';
  const match = call.query.get('resourceVersionMatch') ?? '';
  const token = call.query.get('continue') ?? '';
  checkMatch(asked, match, token);
  if (token !== '') return readToken(token, asked, api, collection);
  const now = api.store.version;
  if (asked === '') return { version: now, after: '', ignoreLimit: false };
  if (!/^\d+$/.test(asked)) {
    const fault = `strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`;
    throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(asked)}: ${fault}`);
  }
  const version = Number(asked);
  if (version === 0) return { version: stale(collection) ?? now, after: '', ignoreLimit: true };
  if (version > now) throw tooLarge(asked, now);
  const exact = match === 'Exact' || (match === '' && Number(call.query.get('limit') ?? 0) > 0);
  if (!exact) return { version: now, after: '', ignoreLimit: false };
  if (version < collection.oldestListable) throw expired('The resourceVersion for the provided list is too old.');
  return { version, after: '', ignoreLimit: false };
}

function checkMatch(asked: string, match: string, token: string): void {
  if (match === '') return;
  const refuse = (fault: ReturnType<typeof fieldFault.forbidden>) => {
    throw invalid('ListOptions', 'meta.k8s.io', '', [fault]);
  };
  const field = 'resourceVersionMatch';
  if (token !== '') refuse(fieldFault.forbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (asked === '') refuse(fieldFault.forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    refuse(fieldFault.notSupported(field, JSON.stringify(match), ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && asked === '0') {
    refuse(fieldFault.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
}

function tooLarge(asked: string, now: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${now}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

function tokenFor(version: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: after })).toString('base64url');
}

function readToken(token: string, asked: string, api: Api, collection: Collection): Position {
  if (asked !== '') throw badRequest('specifying resource version is not allowed when using continue');
  const { rv, start } = parseToken(token);
  if (rv === -1) return { version: api.store.version, after: start, ignoreLimit: false };
  if (rv < collection.oldestListable) throw expired(EXPIRED_TOKEN, { continue: tokenFor(-1, start) });
  return { version: rv, after: start, ignoreLimit: false };
}

function parseToken(token: string): { rv: number; start: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { rv?: unknown; start?: unknown };
    if (typeof rv === 'number' && typeof start === 'string') return { rv, start };
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
  throw badRequest('invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
}

function keyOf(object: KubeObject, resource: Resource): string {
  return keyFor(resource, object.metadata.namespace ?? '', object.metadata.name ?? '');
}

