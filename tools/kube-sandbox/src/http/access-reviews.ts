import type { User } from '../auth/authenticator.ts';
import type { Attributes, Authorizer } from '../auth/authorizer.ts';
import { managersAfterUpdate } from '../fields/field-manager.ts';
import { isJsonObject, kubeTime, type JsonObject, type JsonValue, type ManagedFieldsEntry } from '../kube-object.ts';
import { deducedNode } from '../schema/schema-node.ts';
import { badRequest } from '../status-error.ts';

/** Answers the review forms of the authorization and authentication groups. */
export function answerReview(resource: string, body: string, user: User, manager: string, authorizer: Authorizer): JsonObject {
  const review = parseReview(body);
  const spec = isJsonObject(review.spec) ? review.spec : {};
  const head = { kind: review.kind, apiVersion: review.apiVersion, metadata: { creationTimestamp: null } };
  if (resource === 'selfsubjectreviews') {
    return { ...head, metadata: { creationTimestamp: kubeTime() }, status: { userInfo: userInfo(user) } };
  }
  if (resource === 'selfsubjectrulesreviews') return { ...head, spec: {}, status: rulesStatus(user, String(spec.namespace ?? ''), authorizer) };
  const subject = resource === 'subjectaccessreviews' ? subjectOf(spec) : user;
  const { allowed, reason } = authorizer.decide(subject, attributesOf(spec));
  const managedFields = ownersOf(review, spec, manager);
  const metadata = { creationTimestamp: null, ...(managedFields === undefined ? {} : { managedFields }) };
  return { ...head, metadata, spec, status: { allowed, ...(reason === undefined ? {} : { reason }) } };
}

/** Reviews are recorded like any other object, though never stored. */
function ownersOf(review: JsonObject, spec: JsonObject, manager: string): ManagedFieldsEntry[] | undefined {
  const { apiVersion = '', kind = '' } = review as { apiVersion?: string; kind?: string };
  const head = { apiVersion, kind, metadata: {} };
  const writer = { manager, apiVersion, subresource: '', reset: ['status'] };
  return managersAfterUpdate({ ...head, spec: {} }, { ...head, spec }, deducedNode, writer);
}

function parseReview(body: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(body) as JsonValue;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${error instanceof Error ? error.message : ''}`);
  }
  if (!isJsonObject(value)) throw badRequest('the object provided is unrecognized');
  return value;
}

function userInfo(user: User): JsonObject {
  return { username: user.name, ...(user.uid === undefined ? {} : { uid: user.uid }), groups: user.groups };
}

function subjectOf(spec: JsonObject): User {
  const groups = Array.isArray(spec.groups) ? spec.groups.map(String) : [];
  return { name: String(spec.user ?? ''), groups };
}

function attributesOf(spec: JsonObject): Attributes {
  const path = isJsonObject(spec.nonResourceAttributes) ? spec.nonResourceAttributes : undefined;
  if (path !== undefined) return { verb: String(path.verb ?? ''), path: String(path.path ?? '') };
  const from = isJsonObject(spec.resourceAttributes) ? spec.resourceAttributes : {};
  const text = (key: string) => (typeof from[key] === 'string' ? from[key] : '');
  return {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    namespace: text('namespace'),
  };
}

function rulesStatus(user: User, namespace: string, authorizer: Authorizer): JsonObject {
  const rules = authorizer.rulesOf(user, namespace);
  const list = (names: string[]) => (names.length === 0 ? undefined : names);
  return {
    resourceRules: rules
      .filter((rule) => rule.resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames: list(resourceNames) })),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs.length > 0).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}
