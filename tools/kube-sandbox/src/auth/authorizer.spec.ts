import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../kube-object.ts';
import { Store } from '../store/store.ts';
import { Authorizer } from './authorizer.ts';

const RBAC = 'rbac.authorization.k8s.io';
const jane = { name: 'jane', groups: ['team-a', 'system:authenticated'] };

function storeWith(objects: { kind: string; name: string; namespace?: string; content: JsonObject }[]): Store {
  const store = new Store();
  for (const { kind, name, namespace, content } of objects) {
    const object: KubeObject = { apiVersion: `${RBAC}/v1`, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...content };
    store.write(`${RBAC}/${kind.toLowerCase()}s`, namespace === undefined ? name : `${namespace}/${name}`, object);
  }
  return store;
}

const rules = [{ apiGroups: ['g.io'], resources: ['things', 'others/status'], verbs: ['get', 'patch'] }];
const bound = (kind: string, subject: JsonObject, namespace?: string) => ({
  kind,
  name: 'b',
  ...(namespace === undefined ? {} : { namespace }),
  content: { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [subject] },
});
const ask = (store: Store, part: object) =>
  new Authorizer(store).decide(jane, { verb: 'get', group: 'g.io', resource: 'things', subresource: '', name: '', namespace: 'ns', ...part });

describe('Authorizer', () => {
  const role = { kind: 'ClusterRole', name: 'r', content: { rules } };

  it('lets masters do anything and others nothing', () => {
    const authorizer = new Authorizer(new Store());
    expect(authorizer.decide({ name: 'root', groups: ['system:masters'] }, { verb: 'delete', resource: 'x' }).allowed).toBe(true);
    expect(authorizer.decide(jane, { verb: 'get', resource: 'x' })).toEqual({ allowed: false });
  });

  it('grants within the namespace of a role binding', () => {
    const store = storeWith([role, bound('RoleBinding', { kind: 'User', name: 'jane' }, 'ns')]);
    expect(ask(store, {})).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "b/ns" of ClusterRole "r" to User "jane"' });
    expect(ask(store, { namespace: 'other' }).allowed).toBe(false);
    expect(ask(store, { verb: 'delete' }).allowed).toBe(false);
  });

  it('grants everywhere by a cluster role binding', () => {
    const store = storeWith([role, bound('ClusterRoleBinding', { kind: 'Group', name: 'team-a' })]);
    expect(ask(store, { namespace: 'anywhere' }).allowed).toBe(true);
  });

  it('treats a subresource as another resource', () => {
    const store = storeWith([role, bound('ClusterRoleBinding', { kind: 'User', name: 'jane' })]);
    expect(ask(store, { subresource: 'status' }).allowed).toBe(false);
    expect(ask(store, { resource: 'others', subresource: 'status' }).allowed).toBe(true);
  });

  it('keeps to the names of a rule', () => {
    const named = { ...role, content: { rules: [{ ...rules[0], resourceNames: ['one'] }] } };
    const store = storeWith([named, bound('ClusterRoleBinding', { kind: 'User', name: 'jane' })]);
    expect(ask(store, { name: 'one' }).allowed).toBe(true);
    expect(ask(store, { name: 'two' }).allowed).toBe(false);
  });
});
