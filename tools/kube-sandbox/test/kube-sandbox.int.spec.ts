import { connect } from 'node:http2';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractClient, MERGE, type ContractAnswer } from '../contract/contract-client.ts';
import { ContractWatch } from '../contract/contract-watch.ts';
import { eventually } from '../contract/eventually.ts';
import { gadgetCrd } from '../contract/gadget.ts';
import { WebhookServer } from '../contract/webhook-server.ts';
import { startKubernetes, startKubeSandbox, type KubeSandbox, type KubeSandboxOptions } from '../src/index.ts';
import type { JsonObject } from '../src/kube-object.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GADGETS = '/apis/lab.heddle.test/v1/namespaces/default/gadgets';
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: KubeSandboxOptions = {}): Promise<{ sandbox: KubeSandbox; client: ContractClient }> {
  const sandbox = await startKubeSandbox({ faults: false, ...options });
  const client = clientOf(sandbox);
  cleanups.push(async () => {
    await client.close();
    await sandbox.close();
  });
  return { sandbox, client };
}

function clientOf({ url, caPem, adminToken }: { url: string; caPem: string; adminToken: string }): ContractClient {
  return new ContractClient({ kind: 'sandbox', url, ca: caPem, serverName: undefined, token: adminToken, cert: undefined, key: undefined });
}

async function withGadgets(options?: KubeSandboxOptions): Promise<{ sandbox: KubeSandbox; client: ContractClient }> {
  const started = await start(options);
  await started.client.expect(201, 'POST', CRDS, gadgetCrd('lab.heddle.test', 'gadgets', 'Gadget'));
  await eventually(() => started.client.expect(200, 'GET', GADGETS));
  return started;
}

const gadget = (name: string, spec: JsonObject = { title: 't' }) => ({ apiVersion: 'lab.heddle.test/v1', kind: 'Gadget', metadata: { name }, spec });
const messageOf = ({ body }: ContractAnswer) => String(body.message);

describe('what is beyond the stand-in', () => {
  const specWith = (extra: JsonObject, conversion?: JsonObject): JsonObject => {
    const crd = gadgetCrd('lab.heddle.test', 'gadgets', 'Gadget');
    const properties = { spec: { type: 'object', properties: { extra } } };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } }];
    return { ...crd, spec: { ...(crd.spec as JsonObject), versions, ...(conversion === undefined ? {} : { conversion }) } };
  };

  it.each([
    ['CEL rules', specWith({ type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 1' }] }), 'CEL rules are not supported'],
    ['lists of type map', specWith({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }), 'lists of type map'],
    ['conversion webhooks', specWith({ type: 'integer' }, { strategy: 'Webhook' }), 'spec.conversion.strategy'],
  ])('refuses a CRD with %s', async (_what, crd, why) => {
    const { client } = await start();
    const answer = await client.send('POST', CRDS, crd);
    expect(answer.status).toBe(422);
    expect(messageOf(answer)).toContain(why);
  });
});

describe('a kind with two versions', () => {
  const crd = () => {
    const base = gadgetCrd('lab.heddle.test', 'gadgets', 'Gadget') as JsonObject & { spec: JsonObject & { versions: JsonObject[] } };
    const [v1] = base.spec.versions;
    return { ...base, spec: { ...base.spec, versions: [{ ...v1 }, { ...v1, name: 'v1beta1', storage: false }] } };
  };

  it('is served in each, from the same objects', async () => {
    const { client } = await start();
    await client.expect(201, 'POST', CRDS, crd());
    const beta = GADGETS.replace('/v1/', '/v1beta1/');
    await eventually(() => client.expect(200, 'GET', beta));
    const one = (version: string, size: number) => ({ ...gadget('one', { title: 't', size }), apiVersion: `lab.heddle.test/${version}` });
    expect((await client.apply(`${beta}/one`, one('v1beta1', 1), 'm')).status).toBe(201);
    const { status, body } = await client.apply(`${GADGETS}/one`, one('v1', 2), 'm');
    expect(status).toBe(200);
    expect(body).toMatchObject({ apiVersion: 'lab.heddle.test/v1', spec: { size: 2 }, metadata: { managedFields: [{ manager: 'm', apiVersion: 'lab.heddle.test/v1' }] } });
    const list = await client.expect(200, 'GET', beta);
    expect(list.body.items).toMatchObject([{ apiVersion: 'lab.heddle.test/v1beta1', spec: { size: 2 } }]);
    const watch = new ContractWatch(client, `${beta}?watch=true`);
    await eventually(() => Promise.resolve(expect(watch.events[0]?.object.apiVersion).toBe('lab.heddle.test/v1beta1')));
    await watch.stop();
  });
});

describe('ways in', () => {
  it('speaks HTTP/2 with many streams on one session', async () => {
    const { sandbox } = await withGadgets();
    const session = connect(sandbox.url, { ca: sandbox.caPem });
    cleanups.push(() => session.destroy());
    const get = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ':path': path, authorization: `Bearer ${sandbox.adminToken}` });
        stream.on('response', (headers) => resolve(Number(headers[':status'])));
        stream.on('error', reject);
        stream.resume();
        stream.end();
      });
    const statuses = await Promise.all(Array.from({ length: 200 }, () => get(GADGETS)));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('knows users by their client certificate', async () => {
    const { sandbox } = await start();
    const ask = async (user: string, organizations: string[]) => {
      const { cert, key } = sandbox.clientCertificate(user, organizations);
      const agent = new Agent({ connect: { ca: sandbox.caPem, cert, key } });
      cleanups.push(() => agent.destroy());
      const { statusCode, body } = await request(`${sandbox.url}/api/v1/namespaces`, { dispatcher: agent });
      return { statusCode, text: await body.text() };
    };
    expect((await ask('root', ['system:masters'])).statusCode).toBe(200);
    const refused = await ask('jane', ['team-a']);
    expect(refused.statusCode).toBe(403);
    expect(refused.text).toContain('User \\"jane\\" cannot list resource');
  });

  it('turns a revoked token away', async () => {
    const { sandbox, client } = await start();
    const token = sandbox.createUser('jane', ['system:masters']);
    expect((await client.send('GET', '/api/v1/namespaces', undefined, { token })).status).toBe(200);
    sandbox.revokeToken(token);
    expect((await client.send('GET', '/api/v1/namespaces', undefined, { token })).status).toBe(401);
  });
});

describe('what lasts', () => {
  it('finds its objects, users and address book again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'heddle-sandbox-'));
    cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await startKubeSandbox({ dataDir, faults: false });
    const before = clientOf(first);
    const token = first.createUser('jane', ['system:masters']);
    await before.expect(201, 'POST', CRDS, gadgetCrd('lab.heddle.test', 'gadgets', 'Gadget'));
    await eventually(() => before.expect(201, 'POST', GADGETS, gadget('kept')));
    await before.expect(201, 'POST', GADGETS, gadget('gone'));
    await before.expect(200, 'DELETE', `${GADGETS}/gone`);
    const { body } = await before.expect(200, 'GET', `${GADGETS}/kept`);
    await before.close();
    await first.close();

    const { sandbox, client } = await start({ dataDir });
    expect(sandbox.adminToken).toBe(first.adminToken);
    expect(sandbox.caPem).toBe(first.caPem);
    expect((await client.expect(200, 'GET', `${GADGETS}/kept`, undefined, { token })).body).toEqual(body);
    expect((await client.send('GET', `${GADGETS}/gone`)).status).toBe(404);
    const later = await client.expect(201, 'POST', GADGETS, gadget('later'));
    const versionOf = (object: JsonObject) => Number((object.metadata as JsonObject).resourceVersion);
    expect(versionOf(later.body)).toBeGreaterThan(versionOf(body));
  });

  it('says which binary is missing where they are named', async () => {
    await expect(startKubernetes({ assets: tmpdir() })).rejects.toThrow('There is no etcd in');
  });

  it('is what starts when no binaries are named', async () => {
    const api = await startKubernetes({ assets: '', faults: false });
    cleanups.push(() => api.close());
    expect(api.kind).toBe('sandbox');
    expect(api.kubeconfig()).toContain(api.url);
  });
});

describe('writers at the same time', () => {
  const hooked = async () => {
    const started = await withGadgets();
    const hooks = new WebhookServer();
    await hooks.start(() => ({ allowed: true }));
    cleanups.push(() => hooks.stop());
    await started.client.expect(201, 'POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'slow' },
      webhooks: [
        {
          name: 'slow.hooks.heddle.test',
          clientConfig: hooks.clientConfig('/'),
          rules: [{ apiGroups: ['lab.heddle.test'], apiVersions: ['*'], operations: ['*'], resources: ['gadgets'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    return started;
  };

  it('lose no patch while webhooks are asked', async () => {
    const { client } = await hooked();
    await client.expect(201, 'POST', GADGETS, gadget('shared'));
    const ports = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const patch = (port: string) => client.expect(200, 'PATCH', `${GADGETS}/shared`, { spec: { ports: { [port]: { vlan: 1 } } } }, { contentType: MERGE });
    await Promise.all(ports.map(patch));
    const { body } = await client.expect(200, 'GET', `${GADGETS}/shared`);
    expect(Object.keys((body.spec as { ports: object }).ports).toSorted()).toEqual(ports.toSorted());
    expect(body.metadata).toMatchObject({ generation: 13 });
  });

  it('create one object when both apply it', async () => {
    const { client } = await hooked();
    const answers = await Promise.all(['a', 'b'].map((manager) => client.apply(`${GADGETS}/one`, gadget('one'), manager)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 201]);
  });

  it('let only one update from a version through', async () => {
    const { client } = await hooked();
    const { body } = await client.expect(201, 'POST', GADGETS, gadget('one'));
    const update = (size: number) => client.send('PUT', `${GADGETS}/one`, { ...body, spec: { title: 't', size } });
    const answers = await Promise.all([1, 2, 3].map(update));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });
});

describe('what a test can pull', () => {
  it('fails chosen requests for a while', async () => {
    const { sandbox, client } = await withGadgets();
    sandbox.failRequests({ when: ({ verb }) => verb === 'create', status: 503, retryAfterSeconds: 1, times: 1 });
    const failed = await client.send('POST', GADGETS, gadget('one'));
    expect(failed.status).toBe(503);
    expect(failed.headers['retry-after']).toBe('1');
    expect((await client.send('POST', GADGETS, gadget('one'))).status).toBe(201);
  });

  it('hangs and goes on, watches included', async () => {
    const { sandbox, client } = await withGadgets();
    const watch = new ContractWatch(client, `${GADGETS}?watch=true`);
    await eventually(() => Promise.resolve(expect(sandbox.openWatches()).toBe(1)));
    sandbox.pause();
    const pending = client.send('POST', GADGETS, gadget('one'));
    const first = await Promise.race([pending, new Promise<string>((resolve) => setTimeout(() => resolve('nothing'), 200))]);
    expect(first).toBe('nothing');
    sandbox.resume();
    expect((await pending).status).toBe(201);
    await eventually(() => Promise.resolve(expect(watch.seen()).toEqual(['ADDED one'])));
    await watch.stop();
  });

  it('silences open watches but not new ones', async () => {
    const { sandbox, client } = await withGadgets({ bookmarkPeriod: 50 });
    const watch = new ContractWatch(client, `${GADGETS}?watch=true&allowWatchBookmarks=true`);
    await eventually(() => Promise.resolve(expect(watch.seen()).toContain('BOOKMARK')));
    sandbox.silenceWatches();
    // What was under way is heard before a new watch's first bookmark.
    const later = new ContractWatch(client, `${GADGETS}?watch=true&allowWatchBookmarks=true`);
    await eventually(() => Promise.resolve(expect(later.seen()).toContain('BOOKMARK')));
    const heard = watch.events.length;
    const fresh = new ContractWatch(client, `${GADGETS}?watch=true`);
    await client.expect(201, 'POST', GADGETS, gadget('one'));
    await eventually(() => Promise.resolve(expect(fresh.seen()).toEqual(['ADDED one'])));
    expect(watch.events).toHaveLength(heard);
    await Promise.all([watch, later, fresh].map((each) => each.stop()));
  });

  it('delays each answer by the latency set', async () => {
    const { sandbox, client } = await start();
    sandbox.setLatency(150);
    const begun = performance.now();
    await client.expect(200, 'GET', '/api/v1/namespaces');
    expect(performance.now() - begun).toBeGreaterThan(140);
  });

  it('counts successful writes per object', async () => {
    const { sandbox, client } = await withGadgets();
    await client.apply(`${GADGETS}/one`, gadget('one'), 'm');
    await client.apply(`${GADGETS}/one`, gadget('one', { title: 'u' }), 'm');
    await client.apply(`${GADGETS}/one`, gadget('one', { title: 'u', size: 500 }), 'm');
    expect(sandbox.requestCounts().get('gadgets/default/one')).toBe(2);
    expect(sandbox.requestLog.at(-1)).toMatchObject({ verb: 'patch', name: 'one', status: 422, user: 'admin' });
  });

  it('forgets old versions when compacted', async () => {
    const { sandbox, client } = await withGadgets();
    for (const name of ['a', 'b', 'c']) await client.expect(201, 'POST', GADGETS, gadget(name));
    const { body } = await client.expect(200, 'GET', `${GADGETS}?limit=1`);
    const meta = body.metadata as { continue: string; resourceVersion: string };
    await client.expect(200, 'PATCH', `${GADGETS}/a`, { spec: { size: 1 } }, { contentType: MERGE });
    sandbox.compact();
    expect((await client.send('GET', `${GADGETS}?limit=1&continue=${meta.continue}`)).status).toBe(410);
    const watch = new ContractWatch(client, `${GADGETS}?watch=true&resourceVersion=${meta.resourceVersion}`);
    await watch.ended;
    expect(watch.events[0]).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });
});

describe('untidiness', () => {
  it('ends watches at random', async () => {
    const { client } = await withGadgets({ faults: { closeWatches: { after: [10, 50] } } });
    const watch = new ContractWatch(client, `${GADGETS}?watch=true`);
    await watch.ended;
    expect(watch.status).toBe(200);
  });

  it('holds events back but keeps their order', async () => {
    const { client } = await withGadgets({ faults: { delayEvents: { upTo: 60 } }, seed: 7 });
    const watch = new ContractWatch(client, `${GADGETS}?watch=true`);
    const names = Array.from({ length: 20 }, (_, index) => `g${String(index).padStart(2, '0')}`);
    for (const name of names) await client.expect(201, 'POST', GADGETS, gadget(name));
    await eventually(() => Promise.resolve(expect(watch.events).toHaveLength(20)));
    expect(watch.seen()).toEqual(names.map((name) => `ADDED ${name}`));
    await watch.stop();
  });

  it('serves stale lists at version 0 only', async () => {
    const { client } = await withGadgets({ faults: { staleLists: { upTo: 60_000 } } });
    await client.expect(201, 'POST', GADGETS, gadget('one'));
    await client.expect(201, 'POST', GADGETS, gadget('two'));
    const count = async (query: string) => ((await client.expect(200, 'GET', `${GADGETS}${query}`)).body.items as unknown[]).length;
    expect(await count('')).toBe(2);
    const stale = await Promise.all(Array.from({ length: 30 }, () => count('?resourceVersion=0')));
    expect(Math.min(...stale)).toBeLessThan(2);
  });
});

describe('size', () => {
  it('bears ten thousand objects and a hundred watches', { timeout: 60_000 }, async () => {
    const { sandbox, client } = await withGadgets();
    for (let at = 0; at < 10_000; at += 50) {
      const page = Array.from({ length: 50 }, (_, index) => `g${at + index}`);
      await Promise.all(page.map((name) => client.apply(`${GADGETS}/${name}`, gadget(name), 'm')));
    }
    const { body } = await client.expect(200, 'GET', GADGETS);
    expect(body.items).toHaveLength(10_000);
    const { resourceVersion } = body.metadata as { resourceVersion: string };
    const watches = Array.from({ length: 100 }, () => new ContractWatch(client, `${GADGETS}?watch=true&resourceVersion=${resourceVersion}`));
    await eventually(() => Promise.resolve(expect(sandbox.openWatches()).toBe(100)));
    for (let at = 0; at < 100; at++) await client.apply(`${GADGETS}/g${at}`, gadget(`g${at}`, { title: 'u' }), 'm');
    await eventually(() => Promise.resolve(expect(watches.every(({ events }) => events.length === 100)).toBe(true)), 20_000);
    await Promise.all(watches.map((watch) => watch.stop()));
  });
});
