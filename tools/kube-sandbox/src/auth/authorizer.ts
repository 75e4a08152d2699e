import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import type { Store } from '../store/store.ts';
import type { User } from './authenticator.ts';

export interface Attributes {
  verb: string;
  /** Of a resource request. */
  group?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  namespace?: string;
  /** Of any other request. */
  path?: string;
}

export interface Decision {
  allowed: boolean;
  reason?: string;
}

interface Rule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  resourceNames: string[];
  nonResourceURLs: string[];
}

const RBAC = 'rbac.authorization.k8s.io';

/** Role-based access, from the Role and ClusterRole objects in the store. system:masters may do anything. */
export class Authorizer {
  constructor(private readonly store: Store) {}

  decide(user: User, attributes: Attributes): Decision {
    if (user.groups.includes('system:masters')) return { allowed: true };
    for (const { rules, reason } of this.grants(user, attributes.namespace ?? '')) {
      if (rules.some((rule) => ruleAllows(rule, attributes))) return { allowed: true, reason: `RBAC: allowed by ${reason}` };
    }
    return { allowed: false };
  }

  /** All rules that a user has in a namespace, as a SelfSubjectRulesReview lists them. */
  rulesOf(user: User, namespace: string): Rule[] {
    return this.grants(user, namespace).flatMap(({ rules }) => rules);
  }

  private grants(user: User, namespace: string): { rules: Rule[]; reason: string }[] {
    const bindings = this.store.collection(`${RBAC}/clusterrolebindings`).all();
    const local = this.store.collection(`${RBAC}/rolebindings`).all();
    return [...bindings, ...(namespace === '' ? [] : local.filter((one) => one.metadata.namespace === namespace))].flatMap((binding) => {
      const subject = listOf(binding.subjects).find((one) => subjectIs(one, user, binding.metadata.namespace ?? ''));
      const role = isJsonObject(binding.roleRef) ? binding.roleRef : {};
      if (subject === undefined) return [];
      const at = binding.metadata.namespace === undefined ? '' : `/${binding.metadata.namespace}`;
      const reason = `${binding.kind} "${binding.metadata.name}${at}" of ${String(role.kind)} "${String(role.name)}" to ${subjectText(subject)}`;
      return [{ rules: this.rules(role, binding.metadata.namespace ?? ''), reason }];
    });
  }

  private rules(role: JsonObject, namespace: string): Rule[] {
    const name = String(role.name);
    const object =
      role.kind === 'ClusterRole'
        ? this.store.collection(`${RBAC}/clusterroles`).get(name)
        : this.store.collection(`${RBAC}/roles`).get(`${namespace}/${name}`);
    return object === undefined ? [] : rulesOf(object);
  }
}

function rulesOf(role: KubeObject): Rule[] {
  return listOf(role.rules).map((rule) => ({
    verbs: texts(rule.verbs),
    apiGroups: texts(rule.apiGroups),
    resources: texts(rule.resources),
    resourceNames: texts(rule.resourceNames),
    nonResourceURLs: texts(rule.nonResourceURLs),
  }));
}

function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined) return rule.nonResourceURLs.some((url) => urlMatches(url, attributes.path ?? ''));
  const resource = attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : (attributes.resource ?? '');
  const anyParent = attributes.subresource ? `*/${attributes.subresource}` : '';
  return (
    has(rule.apiGroups, attributes.group ?? '') &&
    (has(rule.resources, resource) || (anyParent !== '' && rule.resources.includes(anyParent))) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name ?? ''))
  );
}

function has(list: string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function urlMatches(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}

function subjectIs(subject: JsonObject, user: User, bindingNamespace: string): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(String(subject.name));
  const namespace = typeof subject.namespace === 'string' ? subject.namespace : bindingNamespace;
  return subject.kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${String(subject.name)}`;
}

function subjectText(subject: JsonObject): string {
  const name = subject.kind === 'ServiceAccount' ? `${String(subject.name)}/${String(subject.namespace)}` : String(subject.name);
  return `${String(subject.kind)} "${name}"`;
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
