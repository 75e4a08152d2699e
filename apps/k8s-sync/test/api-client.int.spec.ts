import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority, startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { objectOf, statusOf } from '../src/api/kube-answer.ts';
import { testConnection } from '../src/cluster/test-connection.ts';
import { listKind } from '../src/watch/list-kind.ts';
import { BlackHole } from './black-hole.ts';
import { clientOf, credentialsOf, guard, installWidgets, linkOf, WIDGET, widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };

describe('the client of an API server', () => {
  let sandbox: KubeSandbox;
  let client: ApiClient;

  beforeAll(async () => {
    sandbox = await startKubeSandbox();
    client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
  });
  afterAll(async () => {
    await client.close();
    await sandbox.close();
  });

  it('creates only what is absent', async () => {
    const created = await client.apply(widget('once'), widgetBody('once', { size: 1 }, { resourceVersion: '0' }), WRITE);
    expect([created.status, objectOf(created)?.metadata.managedFields?.[0]?.manager]).toEqual([201, 'heddle']);
    const again = await client.apply(widget('once'), widgetBody('once', { size: 2 }, { resourceVersion: '0' }), WRITE);
    expect([again.status, statusOf(again)?.details?.causes?.[0]?.field]).toEqual([422, 'metadata.resourceVersion']);
  });

  it('stores nothing in a dry run', async () => {
    expect((await client.apply(widget('dry'), widgetBody('dry', { size: 1 }, { resourceVersion: '0' }), { force: false, dryRun: true })).status).toBe(201);
    expect((await client.get(widget('dry'))).status).toBe(404);
  });

  it('deletes the version that was planned only', async () => {
    const live = objectOf(await client.apply(widget('del'), widgetBody('del'), WRITE))!;
    expect((await client.delete(widget('del'), { uid: live.metadata.uid, resourceVersion: '1' }, false)).status).toBe(409);
    expect((await client.delete(widget('del'), { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion }, false)).status).toBe(200);
    expect((await client.get(widget('del'))).status).toBe(404);
  });

  it('keeps to one connection for many requests', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.read('/version')));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
  });

  it('lists in pages of one version', async () => {
    for (let index = 0; index < 7; index += 1) await client.apply(widget(`page-${index}`), widgetBody(`page-${index}`), WRITE);
    const { link } = linkOf(credentialsOf(sandbox));
    const listed = await listKind(link, WIDGET, 'default', new AbortController().signal, 3);
    expect(listed.objects.filter((object) => object.metadata.name.startsWith('page-'))).toHaveLength(7);
    const pages = sandbox.requestLog.filter((request) => request.url.includes('limit=3'));
    expect(pages.length).toBeGreaterThanOrEqual(3);
    await link.close();
  });

  it('starts a list over whose continue token expired', async () => {
    const { link } = linkOf(credentialsOf(sandbox));
    const failure = sandbox.failRequests({ when: (request) => request.url.includes('continue='), status: 410, message: 'expired', times: 1 });
    const listed = await listKind(link, WIDGET, 'default', new AbortController().signal, 2);
    failure();
    expect(new Set(listed.objects.map((object) => object.metadata.uid)).size).toBe(listed.objects.length);
    expect(listed.objects.length).toBeGreaterThanOrEqual(7);
    await link.close();
  });

  it('reads Retry-After of an overloaded server', async () => {
    sandbox.failRequests({ when: (request) => request.name === 'busy', status: 429, retryAfterSeconds: 2, times: 1 });
    const answer = await client.get(widget('busy'));
    expect([answer.status, answer.retryAfterSeconds]).toEqual([429, 2]);
  });

  it('gives a write up at its deadline', async () => {
    const hurried = clientOf(credentialsOf(sandbox), { writeDeadlineMs: 200 });
    sandbox.pause();
    const start = performance.now();
    await expect(hurried.apply(widget('slow'), widgetBody('slow'), WRITE)).rejects.toMatchObject({ reason: 'TimedOut' });
    sandbox.resume();
    expect(performance.now() - start).toBeLessThan(2_000);
    await hurried.close();
  });

  it('leaves a connection whose other end is gone without a word', async () => {
    const hole = await BlackHole.before(sandbox.url);
    const behind = clientOf({ ...credentialsOf(sandbox), server: hole.url }, { writeDeadlineMs: 200 });
    const write = () => behind.apply(widget('hole'), widgetBody('hole'), WRITE).then(({ status }) => status, (error: { reason: string }) => error.reason);
    expect([(await behind.read('/version')).status, await write()]).toEqual([200, 201]);
    hole.swallow();
    // There may be two sockets by then, or a new one; after two writes without an answer all are made anew.
    const outcomes = [await write(), await write(), await write()];
    expect(outcomes).toContain('TimedOut');
    expect(outcomes.at(-1)).toBe(200);
    await behind.close();
    await hole.close();
  });

  it('speaks HTTP/1.1 where the server speaks no more', async () => {
    const authority = CertificateAuthority.create('test');
    const { cert, key } = authority.issueServer(['127.0.0.1']);
    const server = createServer({ cert, key }, (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      // A watch stays open; whatever else is asked must not wait for it.
      if (request.url?.includes('watch=true')) response.write('\n');
      else response.end(JSON.stringify({ protocol: request.httpVersion }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const old = clientOf({ ...credentialsOf(sandbox), server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, certificateAuthority: authority.pair.cert });
    const stop = new AbortController();
    const watches = await Promise.all(Array.from({ length: 17 }, () => old.watch(WIDGET, 'default', { resourceVersion: '1', timeoutSeconds: 30, signal: stop.signal })));
    const answers = await Promise.all(Array.from({ length: 16 }, () => old.read('/version')));
    expect(answers.map((answer) => answer.body)).toEqual(Array(16).fill({ protocol: '1.1' }));
    for (const watch of watches) if ('stream' in watch) watch.stream.on('error', () => undefined);
    stop.abort();
    await old.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('goes to no address that the policy forbids', async () => {
    const strict = clientOf(credentialsOf(sandbox), { policy: 'false' });
    await expect(strict.read('/version')).rejects.toMatchObject({ reason: 'AddressNotAllowed' });
    const named = clientOf({ ...credentialsOf(sandbox), server: sandbox.url.replace('127.0.0.1', 'localhost') }, { policy: 'false' });
    await expect(named.read('/version')).rejects.toMatchObject({ reason: 'AddressNotAllowed' });
    await Promise.all([strict.close(), named.close()]);
  });

  it('presents a client certificate', async () => {
    const pair = sandbox.clientCertificate('cert-user', ['system:masters']);
    const certified = clientOf({ ...credentialsOf(sandbox), token: null, clientCertificate: { certificate: pair.cert, key: pair.key } });
    expect((await certified.listPage(WIDGET, 'default')).status).toBe(200);
    await certified.close();
  });

  const unreachable: [string, () => Partial<ReturnType<typeof credentialsOf>>, string][] = [
    ['an unknown name', () => ({ server: 'https://no-such-host.invalid:6443' }), 'NameNotResolved'],
    ['a closed port', () => ({ server: 'https://127.0.0.1:1' }), 'ConnectionRefused'],
    ['a foreign authority', () => ({ certificateAuthority: null }), 'TlsUntrusted'],
  ];
  it.each(unreachable)('names the cause of %s', async (_name, change, reason) => {
    const other = clientOf({ ...credentialsOf(sandbox), ...change() });
    await expect(other.read('/version')).rejects.toMatchObject({ reason });
    await other.close();
  });

  it('opens its breaker when the server is away and closes it again', async () => {
    const { link, states } = linkOf(credentialsOf(sandbox), { resetMs: 300, writeDeadlineMs: 200 });
    await link.ask((api) => api.read('/version'));
    sandbox.pause();
    const failures: string[] = [];
    while (failures.at(-1) !== 'BreakerOpen' && failures.length < 5) {
      await link.ask((api) => api.post('/apis', {})).catch((error: Error & { reason?: string }) => failures.push(error.reason ?? error.name));
    }
    expect(failures.slice(-3)).toEqual(['TimedOut', 'TimedOut', 'BreakerOpen']);
    expect(states.at(-1)).toMatchObject({ state: 'failed', reason: 'TimedOut', breaker: { state: 'open', nextTryAt: expect.any(String) } });
    sandbox.resume();
    await expect.poll(() => link.ask((api) => api.read('/version')).then((answer) => answer.status, () => 0), { timeout: 5_000 }).toBe(200);
    expect(states.at(-1)).toMatchObject({ state: 'connected', reason: 'Connected', breaker: { state: 'closed' } });
    await link.close();
  });

  it('counts a refused token, and no refused object, against the cluster', async () => {
    const token = sandbox.createUser('short-lived');
    const { link, states } = linkOf(credentialsOf(sandbox, token));
    for (let tries = 0; tries < 5; tries += 1) expect((await link.ask((api) => api.listPage(WIDGET, 'default'))).status).toBe(403);
    expect(states.map((state) => state.reason)).toEqual(['Connected']);
    sandbox.revokeToken(token);
    expect((await link.ask((api) => api.listPage(WIDGET, 'default'))).status).toBe(401);
    expect(states.at(-1)).toMatchObject({ state: 'failed', reason: 'Unauthorized' });
    await link.close();
  });

  describe('the test of a connection', () => {
    const kinds = [{ ...WIDGET, role: 'object' as const }];
    const summary = (test: Awaited<ReturnType<typeof testConnection>>) => test.steps.map((step) => `${step.step} ${step.status}`);

    it('passes every step', async () => {
      const test = await testConnection(credentialsOf(sandbox), kinds, guard());
      expect(summary(test)).toEqual(['resolve passed', 'connect passed', 'tls passed', 'authenticate passed', 'authorise passed', 'kinds passed']);
      expect(test.ok).toBe(true);
    });

    it.each([
      ['resolve', { server: 'https://no-such-host.invalid' }],
      ['connect', { server: 'https://127.0.0.1:1' }],
      ['tls', { certificateAuthority: null }],
      ['authenticate', { token: () => 'nobody' }],
    ] as const)('names %s as the failing step with a remedy', async (failing, change) => {
      const test = await testConnection({ ...credentialsOf(sandbox), ...change }, kinds, guard());
      const failed = test.steps.filter((step) => step.status === 'failed');
      expect(failed.map((step) => step.step)).toEqual([failing]);
      expect(failed[0]!.remedy).toMatch(/\w{5}/);
      expect(test.steps.at(-1)!.status).toBe('skipped');
    });

    it('names the rights that are missing', async () => {
      const test = await testConnection(credentialsOf(sandbox, sandbox.createUser('powerless')), kinds, guard());
      expect(test.steps[4]).toMatchObject({ step: 'authorise', status: 'failed', message: expect.stringContaining('list widgets.demo.heddle.test') });
    });

    it('names the kinds that the cluster does not have', async () => {
      const test = await testConnection(credentialsOf(sandbox), [...kinds, { ...WIDGET, plural: 'gadgets', kind: 'Gadget', role: 'object' }], guard());
      expect(test.steps[5]).toMatchObject({ step: 'kinds', status: 'failed', message: expect.stringContaining('Gadget') });
    });
  });
});
