import { randomUUID, X509Certificate } from 'node:crypto';
import { clusterDelete, clusterGet, clusterPut, clusterTest } from '@heddle/contracts';
import { startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { ServiceUnderTest } from './service-under-test.ts';
import { clientOf, credentialsOf, installWidgets, WIDGET, widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };

describe('clusters', () => {
  let sandbox: KubeSandbox;
  let client: ApiClient;
  let mesh: ServiceUnderTest;

  beforeAll(async () => {
    sandbox = await startKubeSandbox();
    client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
    mesh = await ServiceUnderTest.start({ HEDDLE_CLUSTER_PROBE_MS: '1000', HEDDLE_WATCH_TIMEOUT_SECONDS: '3' });
  });
  afterAll(async () => {
    await mesh.stop();
    await client.close();
    await sandbox.close();
  });

  const observed = (fabricId: string) => mesh.heard['objects.observed'].filter((message) => message.fabricId === fabricId).sort((a, b) => a.watchEpoch - b.watchEpoch || a.sequence - b.sequence);
  const watches = (fabricId: string) => mesh.heard['watch.state_changed'].filter((event) => event.fabricId === fabricId).sort((a, b) => a.sequence - b.sequence).map((event) => `${event.state} ${event.reason}`);

  it('passes through testing to connected, and shows the version', async () => {
    const fabricId = await mesh.enter(sandbox);
    expect(mesh.connectionsOf(fabricId)).toEqual(['testing Probing', 'connected Connected']);
    await eventually(async () => (await mesh.gateway.ask(clusterGet, { fabricId })).serverVersion !== null);
    expect(await mesh.gateway.ask(clusterGet, { fabricId })).toMatchObject({ server: sandbox.url, authentication: { type: 'token' }, connection: { state: 'connected' } });
  });

  it('tells which of the fields that are asked about the kinds have, once', async () => {
    const fabricId = await mesh.enter(sandbox);
    await mesh.watch(fabricId, 1, { kinds: [{ ...WIDGET, role: 'object', projection: null, fields: ['spec.title', 'spec.tags.*', 'spec.newer'] }] });
    const told = () => mesh.heard['watch.state_changed'].filter((event) => event.fabricId === fabricId && event.fields !== undefined);
    await eventually(() => told().length > 0);
    expect(told()).toMatchObject([{ kind: 'Widget', fields: [{ path: 'spec.title', present: true }, { path: 'spec.tags.*', present: true }, { path: 'spec.newer', present: false }] }]);
    expect(watches(fabricId).at(-1)).toBe('live Watching');
  });

  it('takes a pasted kubeconfig', async () => {
    const fabricId = randomUUID();
    await mesh.gateway.ask(clusterPut, { fabricId, spec: { kubeconfig: sandbox.kubeconfig() } });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'connected Connected');
  });

  it('keeps credentials out of answers, messages, errors and the audit trail', async () => {
    const token = sandbox.createUser('secretive', ['system:masters']);
    const fabricId = await mesh.enter(sandbox, token);
    const view = await mesh.gateway.ask(clusterGet, { fabricId });
    const refusal = await mesh.gateway.ask(clusterPut, { fabricId, spec: { server: 'ftp://x', authentication: { type: 'token', token } } }).catch((error: unknown) => error);
    const audit = await mesh.database.query(`SELECT * FROM audit WHERE subject = $1 ORDER BY sequence`, [`fabric/${fabricId}`]);
    const stored = await mesh.database.query(`SELECT * FROM cluster WHERE fabric_id = $1`, [fabricId]);
    for (const shown of [view, refusal, (refusal as Error).message, audit, stored, mesh.heard]) expect(JSON.stringify(shown)).not.toContain(token);
    expect(refusal).toMatchObject({ code: 'NET-003' });
    expect(audit.map((row) => `${row['action']} ${row['outcome']}`)).toEqual(['cluster.put done', 'cluster.put refused']);
  });

  it('drops the former credentials with the former cluster', async () => {
    const fabricId = await mesh.enter(sandbox);
    const pair = sandbox.clientCertificate('someone', ['system:masters']);
    await mesh.gateway.ask(clusterPut, { fabricId, spec: { server: sandbox.url.replace('127.0.0.1', 'localhost'), certificateAuthority: sandbox.caPem, authentication: { type: 'client-certificate', certificate: pair.cert, key: pair.key } } });
    const [row] = await mesh.database.query(`SELECT sealed_token, sealed_key, authentication FROM cluster WHERE fabric_id = $1`, [fabricId]);
    expect(row).toMatchObject({ sealed_token: null, sealed_key: expect.stringMatching(/^v1\./), authentication: 'client-certificate' });
    await eventually(() => expect(mesh.connectionsOf(fabricId)).toEqual(['testing Probing', 'connected Connected', 'testing Probing', 'connected Connected']));
    const credentialsExpireAt = new X509Certificate(pair.cert).validToDate.toISOString();
    expect((await mesh.gateway.ask(clusterGet, { fabricId })).connection).toMatchObject({ credentialsExpireAt });
    expect(mesh.heard['cluster.state_changed'].filter((event) => event.fabricId === fabricId).map(({ connection }) => connection.credentialsExpireAt)).toEqual([null, null, credentialsExpireAt, credentialsExpireAt]);
  });

  it('reads when credentials end that an older release stored', async () => {
    const fabricId = randomUUID();
    const { cert: certificate, key } = sandbox.clientCertificate('earlier', ['system:masters']);
    await mesh.gateway.ask(clusterPut, { fabricId, spec: { server: sandbox.url, certificateAuthority: sandbox.caPem, authentication: { type: 'client-certificate', certificate, key } } });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'connected Connected');
    await mesh.database.query(`UPDATE cluster SET credentials_expire_at = NULL WHERE fabric_id = $1`, [fabricId]);
    const told = mesh.connectionsOf(fabricId).length;
    // Its watch starts anew, as with a new process.
    await mesh.watch(fabricId, 2);
    await eventually(() => mesh.connectionsOf(fabricId).length > told);
    const { validToDate } = new X509Certificate(certificate);
    expect(mesh.heard['cluster.state_changed'].findLast((event) => event.fabricId === fabricId)?.connection).toMatchObject({ state: 'connected', credentialsExpireAt: validToDate.toISOString() });
    expect((await mesh.gateway.ask(clusterGet, { fabricId })).connection.credentialsExpireAt).toBe(validToDate.toISOString());
  });

  it('names a refused token, and recovers when a good one is entered', async () => {
    const token = sandbox.createUser('expiring', ['system:masters']);
    const fabricId = await mesh.enter(sandbox, token);
    await mesh.watch(fabricId);
    await eventually(() => watches(fabricId).at(-1) === 'live Watching');
    sandbox.revokeToken(token);
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'failed Unauthorized');
    await eventually(async () => (await mesh.gateway.ask(clusterGet, { fabricId })).connection.breaker.state === 'open');
    expect((await mesh.gateway.ask(clusterGet, { fabricId })).connection.breaker.nextTryAt).not.toBeNull();
    await mesh.gateway.ask(clusterPut, { fabricId, spec: { server: sandbox.url, certificateAuthority: sandbox.caPem, authentication: { type: 'token', token: sandbox.adminToken } } });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'connected Connected');
    await eventually(() => watches(fabricId).at(-1) === 'live Watching');
  });

  it('names a missing right, and connects when it is granted', async () => {
    const fabricId = randomUUID();
    await mesh.watch(fabricId);
    const token = sandbox.createUser('ungranted');
    await mesh.gateway.ask(clusterPut, { fabricId, spec: { server: sandbox.url, certificateAuthority: sandbox.caPem, authentication: { type: 'token', token } } });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'failed Forbidden');
    expect(mesh.connectionsOf(fabricId)).toEqual(['testing Probing', 'failed Forbidden']);
    await client.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'ungranted' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ kind: 'User', name: 'ungranted', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    await client.post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'cluster-admin' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'connected Connected');
  });

  it('shows a cluster that is away with its cause while another one works', async () => {
    const other = await startKubeSandbox();
    const [healthy, ill] = [await mesh.enter(sandbox), await mesh.enter(other)];
    await other.close();
    await eventually(() => mesh.connectionsOf(ill).at(-1)?.startsWith('failed ') ?? false);
    const operation = await mesh.apply({ fabricId: healthy, steps: [{ stepId: 'a', action: 'create', target: widget('beside'), body: widgetBody('beside') }] });
    expect(await mesh.outcomes(operation, 1)).toMatchObject({ a: { type: 'done' } });
    await eventually(async () => (await mesh.gateway.ask(clusterGet, { fabricId: ill })).connection.breaker.state === 'open');
    expect((await mesh.gateway.ask(clusterGet, { fabricId: ill })).connection).toMatchObject({ state: 'failed', reason: expect.stringMatching(/ConnectionRefused|ConnectionLost/) });
    expect(mesh.connectionsOf(healthy).at(-1)).toBe('connected Connected');
  });

  it('tells a snapshot, then changes, in rising sequence', async () => {
    await client.apply(widget('seen-1'), widgetBody('seen-1'), WRITE);
    const fabricId = await mesh.enter(sandbox);
    await mesh.watch(fabricId);
    await eventually(() => observed(fabricId).some((message) => message.mode === 'snapshot' && message.items.some((item) => item.name === 'seen-1')));
    await client.apply(widget('seen-2'), widgetBody('seen-2', { size: 4 }), WRITE);
    await client.delete(widget('seen-1'), {}, false);
    const changes = () => observed(fabricId).filter((message) => message.mode === 'changes').flatMap((message) => message.items);
    await eventually(() => changes().some((item) => item.change === 'deleted' && item.name === 'seen-1'));
    expect(changes().find((item) => item.name === 'seen-2')).toMatchObject({ change: 'present', object: { spec: { size: 4, color: 'red' } }, managers: [{ manager: 'heddle', operation: 'Apply', fields: { 'f:spec': { 'f:size': {} } } }] });
    const sequences = observed(fabricId).map((message) => message.sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
    expect((await mesh.gateway.ask(clusterGet, { fabricId })).watches).toMatchObject([{ kind: 'Widget', state: 'live' }]);
  });

  it('starts over with a newer wish, ignores an older one, and stops when told', async () => {
    const fabricId = await mesh.enter(sandbox);
    await mesh.watch(fabricId, 5, { kinds: [{ ...WIDGET, role: 'agent', projection: ['spec.size'], throttle: [] }] });
    await eventually(() => mesh.heard['agents.observed'].some((message) => message.fabricId === fabricId && message.mode === 'snapshot'));
    expect(mesh.heard['agents.observed'].find((message) => message.fabricId === fabricId)!.items[0]!.object).toEqual({ spec: { size: expect.any(Number) } });
    await mesh.watch(fabricId, 4);
    await mesh.watch(fabricId, 6, { enabled: false });
    await eventually(() => watches(fabricId).at(-1) === 'stopped Suspended');
    expect(observed(fabricId)).toEqual([]);
  });

  it('tests a stored connection and one that is not stored', async () => {
    const fabricId = await mesh.enter(sandbox);
    await mesh.watch(fabricId);
    await eventually(() => watches(fabricId).at(-1) === 'live Watching');
    expect(await mesh.gateway.ask(clusterTest, { fabricId })).toMatchObject({ ok: true, steps: [{}, {}, {}, {}, { step: 'authorise', status: 'passed' }, { step: 'kinds', status: 'passed' }] });
    const test = await mesh.gateway.ask(clusterTest, { spec: { server: sandbox.url, certificateAuthority: sandbox.caPem, authentication: { type: 'token', token: 'wrong' } } });
    expect(test.steps.find((step) => step.status === 'failed')).toMatchObject({ step: 'authenticate', remedy: expect.stringContaining('token') });
  });

  it('forgets a cluster that is removed', async () => {
    const fabricId = await mesh.enter(sandbox);
    await mesh.gateway.ask(clusterDelete, { fabricId });
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'unknown Removed');
    await expect(mesh.gateway.ask(clusterGet, { fabricId })).rejects.toMatchObject({ code: 'K8S-003' });
  });
});
