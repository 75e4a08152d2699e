import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/kube-object.ts';
import { contractFixture } from './contract-fixture.ts';
import { eventually } from './eventually.ts';
import { MERGE } from './contract-client.ts';
import { WebhookServer, type AdmissionRequest } from './webhook-server.ts';

const { client, at, gadget, gadgets, group, namespace, create, server } = contractFixture('webhooks');
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(server.url).hostname);

if (isLocal) describe('admission webhooks', admissionWebhooks);
else {
  describe('admission webhooks', () => {
    it('cannot be checked: the server is not on this machine and so cannot call back', () => {
      expect(server.kind).toBe('cluster');
    });
  });
}

function admissionWebhooks(): void {
  const hooks = new WebhookServer();
  const name = `contract.${group}`;

  const configuration = (kind: string, path: string): JsonObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [
      {
        name: `${path}.${group}`,
        clientConfig: hooks.clientConfig(`/${path}`),
        rules: [{ apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['gadgets'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        objectSelector: { matchLabels: { hooked: 'yes' } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
      },
    ],
  });

  beforeAll(async () => {
    await hooks.start(decide);
    await client.expect(201, 'POST', `${REGISTRATION}/mutatingwebhookconfigurations`, configuration('MutatingWebhookConfiguration', 'mutate'));
    await client.expect(201, 'POST', `${REGISTRATION}/validatingwebhookconfigurations`, configuration('ValidatingWebhookConfiguration', 'validate'));
    // A real server learns of new configurations a moment later.
    let probe = 0;
    await eventually(async () => {
      const { status } = await client.send('POST', gadgets, hooked(`webhook-probe-${probe++}`, { title: 'forbidden' }));
      expect(status).toBe(403);
    }, 30_000);
  });

  afterAll(async () => {
    await client.send('DELETE', `${REGISTRATION}/mutatingwebhookconfigurations/${name}`);
    await client.send('DELETE', `${REGISTRATION}/validatingwebhookconfigurations/${name}`);
    await hooks.stop();
  });

  const hooked = (id: string, spec: JsonObject) => gadget(id, spec, { labels: { hooked: 'yes' } });

  it('change what is written', async () => {
    const { status, body } = await client.send('POST', gadgets, hooked('webhook-change', { title: 't' }));
    expect(status).toBe(201);
    expect(body.spec).toEqual({ title: 't', color: 'red', tags: ['hooked'] });
  });

  it('leave their changes out of the applier entry', async () => {
    const { status, body } = await client.apply(at('webhook-apply'), hooked('webhook-apply', { title: 't' }), 'one');
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({ tags: ['hooked'] });
    const { managedFields } = body.metadata as { managedFields: JsonObject[] };
    expect(managedFields).toHaveLength(1);
    expect(managedFields[0]?.fieldsV1).toEqual({ 'f:metadata': { 'f:labels': { 'f:hooked': {} } }, 'f:spec': { 'f:title': {} } });
  });

  it('refuse with their own words and code', async () => {
    const { status, body } = await client.send('POST', gadgets, hooked('webhook-deny', { title: 'forbidden' }));
    expect(status).toBe(403);
    expect(body.message).toBe(`admission webhook "validate.${group}" denied the request: this title is not allowed`);
  });

  it('warn without refusing', async () => {
    const { status, headers } = await client.send('POST', gadgets, hooked('webhook-warn', { title: 'old' }));
    expect(status).toBe(201);
    expect([headers.warning].flat().join()).toContain('299 - "this title is old"');
  });

  it('see the object before and after an update', async () => {
    await create('webhook-update', { title: 't' }, { labels: { hooked: 'yes' } });
    await client.expect(200, 'PATCH', at('webhook-update'), { spec: { size: 3 } }, { contentType: MERGE });
    const update = hooks.seen.findLast(({ operation }) => operation === 'UPDATE');
    expect(update?.oldObject?.spec).not.toHaveProperty('size');
    expect(update?.object?.spec).toMatchObject({ size: 3 });
  });

  it('see what is deleted', async () => {
    await create('webhook-delete', { title: 't' }, { labels: { hooked: 'yes' } });
    await client.expect(200, 'DELETE', at('webhook-delete'));
    const deletion = hooks.seen.findLast(({ operation }) => operation === 'DELETE');
    expect(deletion?.object).toBeNull();
    expect(deletion?.oldObject?.metadata.name).toBe('webhook-delete');
  });

  it('come after the schema in their refusal', async () => {
    const { status } = await client.send('POST', gadgets, hooked('webhook-order', { title: 'forbidden', size: 500 }));
    expect(status).toBe(422);
  });
}

/** Tags new gadgets, refuses one title and warns of another. */
function decide({ operation, object }: AdmissionRequest): JsonObject {
  const spec = (object?.spec ?? {}) as JsonObject;
  if (spec.tags === undefined && operation === 'CREATE') {
    const patch = [{ op: 'add', path: '/spec/tags', value: ['hooked'] }];
    return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  }
  if (spec.title === 'forbidden') return { allowed: false, status: { code: 403, message: 'this title is not allowed' } };
  return { allowed: true, ...(spec.title === 'old' ? { warnings: ['this title is old'] } : {}) };
}
