import { describe, expect, it } from 'vitest';
import { contractFixture } from './contract-fixture.ts';
import { eventually } from './eventually.ts';

const { client, at, gadget, gadgets, group, namespace } = contractFixture('access');

/** A user without rights, the same way on every server: a ServiceAccount and a token for it. */
async function serviceAccountToken(name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.expect(201, 'POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { body } = await client.expect(201, 'POST', `${accounts}/${name}/token`, request);
  return (body.status as { token: string }).token;
}

async function grant(name: string, verbs: string[]): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [group], resources: ['gadgets'], verbs }];
  await client.expect(201, 'POST', `${rbac}/roles`, { apiVersion, kind: 'Role', metadata: { name }, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  await client.expect(201, 'POST', `${rbac}/rolebindings`, { apiVersion, kind: 'RoleBinding', metadata: { name }, roleRef, subjects });
}

describe('access', () => {
  it('answers an unknown token with 401', async () => {
    const { status, body } = await client.send('GET', gadgets, undefined, { token: 'no-such-token' });
    expect(status).toBe(401);
    expect(body).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
  });

  it('refuses a request without a credential', async () => {
    const { status } = await client.send('GET', gadgets, undefined, { token: null });
    // 403 as the anonymous user, 401 where anonymous requests are switched off.
    expect([401, 403]).toContain(status);
  });

  it('refuses before a grant and serves after it', async () => {
    const token = await serviceAccountToken('reader');
    const refused = await client.send('GET', gadgets, undefined, { token });
    expect(refused.status).toBe(403);
    const user = `system:serviceaccount:${namespace}:reader`;
    expect(refused.body.message).toContain(`User "${user}" cannot list resource "gadgets" in API group "${group}" in the namespace "${namespace}"`);
    await grant('reader', ['list']);
    await eventually(async () => client.expect(200, 'GET', gadgets, undefined, { token }));
    const other = await client.send('POST', gadgets, gadget('access-denied'), { token });
    expect(other.status).toBe(403);
  });

  it('needs create besides patch to apply something new', async () => {
    const token = await serviceAccountToken('patcher');
    await grant('patcher', ['patch']);
    await eventually(async () => {
      const { status, body } = await client.apply(at('access-apply'), gadget('access-apply'), 'one', '', { token });
      expect(status).toBe(403);
      expect(body.message).toContain('cannot create resource "gadgets"');
    });
  });

  it('tells a user what it may do', async () => {
    const token = await serviceAccountToken('asker');
    await grant('asker', ['get']);
    const ask = async (verb: string) => {
      const spec = { resourceAttributes: { namespace, verb, group, resource: 'gadgets' } };
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      const { body } = await client.expect(201, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, { token });
      return (body.status as { allowed: boolean }).allowed;
    };
    await eventually(async () => expect(await ask('get')).toBe(true));
    expect(await ask('delete')).toBe(false);
  });
});
