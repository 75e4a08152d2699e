import { randomBytes, randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { request as rawRequest } from 'node:http';
import { archiveDayList, archiveTaskCreate, archiveTaskGet, archiveTaskList, clusterDelete, deadLetterList, eventList, eventSearch, fabricCreate, fabricDelete, fabricGet, fabricList, type FabricView, meshBusSchema, replayCancel, replayCreate, replayGet, replayList, repositoryGet, repositoryWebhook, resourceGet, resourceList, type ServiceName, subscriptionUpdate } from '@heddle/contracts';
import { BusObserver, OnRequest, type RequestContext, runningTestService, runService, type RunningService } from '@heddle/messaging';
import { Conflict, Database, Gone, Metrics, NotFound } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { configureHttp } from '../src/http/configure-http.ts';
import { httpAdapter } from '../src/http/http-adapter.ts';

const token = randomBytes(24).toString('hex');
const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const now = new Date().toISOString();
const retired: FabricView = {
  id, name: 'retired', state: 'decommissioned', createdAt: now, revision: null, operation: null, conditions: [],
  source: { repositoryId: id, repository: 'network', branch: 'main', directory: '' }, policy: { automaticSync: false, prune: false, selfHeal: false },
  connection: { state: 'unknown', reason: 'None', message: '', since: now, breaker: { state: 'closed', nextTryAt: null, lastError: null } },
  sync: { state: 'never_synced', reason: 'None', message: '', since: now },
  counts: { resources: 0, converged: 0, pending: 0, drifted: 0, failed: 0, foreign: 0, findings: 0, held: 0, switches: 0, switchesReady: 0 },
};
let gate: Promise<void> = Promise.resolve();
const seen: { method: string; request: unknown; context: RequestContext }[] = [];
const log = Array.from({ length: 5 }, (_, n) => ({ position: String(n + 1), event: { event_type: 'fabric.state_changed', n: n + 1 } }));

// The other side of the bus: real messages, answers chosen by the test.
@Controller()
class FabricAnswers {
  @OnRequest(fabricList)
  async list(request: unknown, context: RequestContext) {
    seen.push({ method: 'fabric.list', request, context });
    return { items: [], next: null };
  }

  @OnRequest(fabricGet)
  async get({ fabric }: { fabric: string }): Promise<FabricView> {
    if (fabric === 'retired') return retired;
    throw new NotFound({ code: 'STATE-404', message: `There is no fabric '${fabric}'.`, remedy: 'List the fabrics.' });
  }

  @OnRequest(fabricCreate)
  async create(): Promise<never> {
    throw new Conflict({ code: 'STATE-409', message: "There is a fabric 'lab' already.", remedy: 'Choose another name.' });
  }

  @OnRequest(fabricDelete)
  async remove(request: unknown, context: RequestContext) {
    seen.push({ method: 'fabric.delete', request, context });
    return { id };
  }

  @OnRequest(resourceGet)
  async resource({ name }: { name: string }): Promise<never> {
    throw new NotFound({ code: 'STATE-404', message: `There is no ${name.length}.`, remedy: 'List the resources.' });
  }

  @OnRequest(resourceList)
  async resources(request: unknown, context: RequestContext) {
    seen.push({ method: 'resource.list', request, context });
    return { items: [], next: null };
  }
}

@Controller()
class GitAnswers {
  @OnRequest(repositoryWebhook)
  async webhook(request: unknown, context: RequestContext) {
    seen.push({ method: 'repository.webhook', request, context });
    return { accepted: true, reason: 'push' };
  }

  @OnRequest(repositoryGet)
  async get(): Promise<never> {
    throw new NotFound({ code: 'STATE-404', message: "There is no repository 'nowhere'.", remedy: 'List the repositories.' });
  }
}

@Controller()
class NotificationAnswers {
  @OnRequest(eventList)
  async list({ after, limit }: { after?: string | undefined; limit: number }) {
    await gate;
    return { items: after === undefined ? [] : log.filter((one) => BigInt(one.position) > BigInt(after)).slice(0, limit), last: String(log.length) };
  }
}

@Controller()
class DeadLetterAnswers {
  @OnRequest(deadLetterList)
  async list(request: unknown, context: RequestContext) {
    seen.push({ method: 'dead_letter.list', request, context });
    return { items: [], next: null };
  }
}

@Controller()
class NotificationChanges {
  @OnRequest(subscriptionUpdate)
  async update(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'subscription.update', request, context });
    throw new NotFound({ code: 'STATE-404', message: 'There is no such subscription.', remedy: 'List them.' });
  }
}

@Controller()
class EventLogAnswers {
  @OnRequest(eventSearch)
  async search(request: unknown, context: RequestContext) {
    seen.push({ method: 'event.search', request, context });
    return { items: [], next: null };
  }

  @OnRequest(replayCreate)
  async create(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'replay.create', request, context });
    throw new Gone({ code: 'BUS-060', message: 'Everything since 2026-01-02T00:00:00.000Z is available.', remedy: 'Begin there.' });
  }

  @OnRequest(replayList)
  async list(request: unknown, context: RequestContext) {
    seen.push({ method: 'replay.list', request, context });
    return { items: [], next: null };
  }

  @OnRequest(replayGet)
  async get(): Promise<never> {
    throw new NotFound({ code: 'STATE-404', message: 'There is no such replay.', remedy: 'List them.' });
  }

  @OnRequest(replayCancel)
  async cancel(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'replay.cancel', request, context });
    throw new NotFound({ code: 'STATE-404', message: 'There is no such replay.', remedy: 'List them.' });
  }

  @OnRequest(archiveDayList)
  async days() {
    return { items: [], next: null };
  }

  @OnRequest(archiveTaskCreate)
  async task(request: z.output<typeof archiveTaskCreate.request>, context: RequestContext): Promise<z.output<typeof archiveTaskCreate.response>> {
    seen.push({ method: 'archive.task', request, context });
    return { ...request, id, lastDay: request.firstDay, state: 'pending', days: 1, daysDone: 0, findings: [], error: null, actor: null, createdAt: now, finishedAt: null };
  }

  @OnRequest(archiveTaskList)
  async tasks() {
    return { items: [], next: null };
  }

  @OnRequest(archiveTaskGet)
  async taskGet(): Promise<never> {
    throw new NotFound({ code: 'STATE-404', message: 'There is no such task.', remedy: 'List them.' });
  }
}

@Controller()
class ClusterAnswers {
  @OnRequest(clusterDelete)
  async remove(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'cluster.delete', request, context });
    throw new NotFound({ code: 'K8S-003', message: 'The fabric has no cluster.', remedy: 'Give it one.' });
  }
}

let database: TestDatabase;
let vhost: TestVhost;
let gateway: RunningService;
const others: RunningService[] = [];
let http: ReturnType<typeof supertest>;

beforeAll(async () => {
  [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
  others.push(...await Promise.all([other('fabric', FabricAnswers), other('git-sync', GitAnswers), other('notification', NotificationAnswers, NotificationChanges, EventLogAnswers, DeadLetterAnswers)]));
  gateway = await startGateway(token);
  http = supertest(gateway.http.url);
});
afterAll(async () => {
  await gateway?.stop();
  for (const other of others) await other.stop();
  await vhost.delete();
  await database.drop();
});

function other(service: ServiceName, ...controllers: (new () => object)[]): Promise<RunningService> {
  return runningTestService({ service, databaseUrl: database.url, amqpUrl: vhost.amqpUrl, controllers });
}

function startGateway(administrator: string): Promise<RunningService> {
  const config = readConfig({
    HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`,
    HEDDLE_ADMIN_TOKEN: administrator, HEDDLE_LOG_LEVEL: 'silent', HEDDLE_BODY_LIMIT: '20000',
  });
  return runService({ service: 'gateway', config, module: AppModule.forRoot(config), configure: configureHttp, adapter: httpAdapter(config), rawBody: true });
}

/** A request line as it stands: clients would tidy the path up. */
function raw(method: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.http.url);
    rawRequest({ hostname, port, method, path }, (answer) => {
      let body = '';
      answer.on('data', (part) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, body }));
    }).on('error', reject).end();
  });
}

const auth = { authorization: `Bearer ${token}` };

describe('authentication', () => {
  it('guards every route but health and webhooks', async () => {
    const document = (await http.get('/api/openapi.json').set(auth).expect(200)).body as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method, path })));
    expect(routes.length).toBeGreaterThan(35);
    for (const { method, path } of routes) {
      const answer = await (http as unknown as Record<string, (url: string) => supertest.Test>)[method]!(path.replaceAll(/\{\w+\}/g, id));
      const open = ['/healthz', '/readyz'].includes(path) || path.startsWith('/api/v1/webhooks/');
      if (open) expect(answer.status, `${method} ${path}`).not.toBe(401);
      else expect(answer.status, `${method} ${path}`).toBe(401);
    }
  });

  it.each([
    ['GET', '//api/v1/fabrics'], ['GET', '/api/v1//fabrics'], ['GET', '/api/v1/fabrics/'], ['GET', '/API/v1/fabrics'], ['GET', '/api/v1/fabrics;x'],
    ['GET', '/healthz/../api/v1/fabrics'], ['GET', '/healthz%2f..%2fapi/v1/fabrics'], ['GET', '/healthz/'], ['GET', '/healthz;/api/v1/fabrics'], ['GET', 'http://localhost/api/v1/fabrics'],
    ['GET', '/api/v1/webhooks/../fabrics'], ['GET', '/api/v1/webhooks/%2e%2e/fabrics'], ['GET', '/api/v1/webhooks/..%2ffabrics'], ['GET', '/api/v1/webhooks/github/../../fabrics'],
    ['GET', '/api/v1/webhooks/github/network'], ['GET', '/api/v1/webhooks/'], ['GET', '/%'], ['GET', '/api/v1/webhooks/%'],
    ['HEAD', '/api/v1/fabrics'], ['OPTIONS', '/api/v1/fabrics'], ['PUT', '/healthz'], ['HEAD', '/metrics'], ['GET', '/api/v1/fabrics?access_token=x'],
  ])('opens nothing by %s %s', async (method, path) => {
    const before = seen.length;
    const answer = await raw(method, path);
    expect([400, 401, 404]).toContain(answer.status);
    expect(answer.body).not.toContain('items');
    expect(seen.length).toBe(before);
  });

  it('ends the token before when the administrator has a new one', async () => {
    const [first, second] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
    const before = await startGateway(first);
    const get = (url: string, by: string) => supertest(url).get('/api/v1/fabrics').set('authorization', `Bearer ${by}`);
    await get(before.http.url, first).expect(200);
    await before.stop();
    const after = await startGateway(second);
    await get(after.http.url, second).expect(200);
    await get(after.http.url, first).expect(401);
    await after.stop();
    const back = await startGateway(token);
    await back.stop();
  });

  it('refuses an unknown token with a remedy', async () => {
    const answer = await http.get('/api/v1/fabrics').set('authorization', 'Bearer wrong').expect(401).expect('content-type', /application\/problem\+json/);
    expect(answer.body).toMatchObject({ code: 'AUTH-002', status: 401, remedy: expect.stringMatching(/token/) });
  });

  it('takes the token as a Basic password for browsers', async () => {
    await http.get('/api/docs').auth('anyone', token).expect(200).expect('content-type', /html/);
    await http.get('/api/docs').expect(401).expect('www-authenticate', /Basic/);
  });

  it('hides even unknown routes and metrics', async () => {
    await http.get('/nothing/here').expect(401);
    await http.get('/metrics').expect(401);
    const answer = await http.get('/nothing/here').set(auth).expect(404);
    expect(answer.body.code).toBe('VAL-404');
  });
});

describe('requests', () => {
  it('reach the service with actor and correlation id', async () => {
    const answer = await http.get('/api/v1/fabrics?limit=7').set(auth).set('x-correlation-id', 'op-42').expect(200);
    expect(answer.body).toEqual({ items: [], next: null });
    expect(answer.headers['x-correlation-id']).toBe('op-42');
    expect(seen.at(-1)).toMatchObject({ method: 'fabric.list', request: { limit: 7 }, context: { correlationId: 'op-42', actor: { type: 'token', name: 'administrator' } } });
  });

  it('carry filters of lists', async () => {
    await http.get('/api/v1/fabrics/lab/resources?kind=VPC&state=drifted&text=we').set(auth).expect(200);
    expect(seen.at(-1)!.request).toMatchObject({ fabric: 'lab', kind: 'VPC', state: 'drifted', text: 'we', limit: 100 });
  });

  it('that are not valid name each field', async () => {
    const answer = await http.post('/api/v1/repositories').set(auth).send({ name: 'Not A Name', pollSeconds: 0 }).expect(422);
    expect(answer.body.code).toBe('VAL-001');
    expect(answer.body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['name', 'pollSeconds', 'url']);
  });

  it.each(['https://me:hunter2@pager.example/hook', 'https://hunter2@pager.example/hook', 'ssh://pager.example/hunter2', 'no URL: hunter2'])('refuse %s as an address without repeating it', async (url) => {
    const answer = await http.post('/api/v1/subscriptions').set(auth).send({ name: 'pager', url, types: ['*'] }).expect(422);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toEqual(['url']);
    expect(answer.text).not.toContain('hunter2');
  });

  it('repeat no secret that they refuse', async () => {
    const answers = [
      await http.post('/api/v1/repositories').set(auth).send({ name: 'r', url: 'https://git.example/r.git', credentials: { type: 'token', token: ['hunter2'] }, webhookSecret: 'hunter2' }),
      await http.put(`/api/v1/fabrics/${id}/cluster`).set(auth).send({ server: 'https://k', authentication: { type: 'hunter2', token: 'hunter2' } }),
      await http.put(`/api/v1/fabrics/${id}/cluster`).set(auth).send({ kubeconfig: { token: 'hunter2' } }),
      await http.post('/api/v1/repositories').set(auth).set('content-type', 'application/json').send('{"token": "hunter2", hunter2'),
    ];
    for (const answer of answers) {
      expect([400, 422]).toContain(answer.status);
      expect(answer.text).not.toContain('hunter2');
    }
  });

  it('with broken JSON are refused', async () => {
    const answer = await http.post('/api/v1/repositories').set(auth).set('content-type', 'application/json').send('{"name":').expect(400);
    expect(answer.body).toMatchObject({ code: 'VAL-400', status: 400 });
  });

  it('that are too large are refused', async () => {
    await http.post('/api/v1/repositories').set(auth).send({ name: 'x'.repeat(30_000) }).expect(413);
  });

  it('get the business errors of services as problems', async () => {
    expect((await http.get('/api/v1/fabrics/lab').set(auth).expect(404)).body).toMatchObject({ code: 'STATE-404', detail: "There is no fabric 'lab'.", remedy: 'List the fabrics.' });
    const answer = await http.post('/api/v1/fabrics').set(auth).send({ name: 'lab', source: { repository: 'nowhere' } }).expect(404);
    expect(answer.body.detail).toContain("'nowhere'");
  });

  it('to a service that is down say which and when to try again', async () => {
    const answer = await http.get(`/api/v1/fabrics/${id}/cluster`).set(auth).expect(503);
    expect(answer.body).toMatchObject({ status: 503, detail: expect.stringContaining('k8s-sync') });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await http.get('/api/v1/fabrics').set(auth).expect(200);
  });

  it('change the named fields of a subscription alone', async () => {
    await http.patch('/api/v1/subscriptions/pager').set(auth).send({ url: 'https://pager.example/hook' }).expect(404);
    expect(seen.at(-1)).toMatchObject({ method: 'subscription.update', request: { subscription: 'pager', patch: { url: 'https://pager.example/hook' } } });
    expect((seen.at(-1)!.request as { patch: object }).patch).not.toHaveProperty('enabled');
  });

  it('name objects with the longest names there are', async () => {
    const { body } = await http.get(`/api/v1/fabrics/lab/resources/Connection/${'n'.repeat(253)}`).set(auth).expect(404);
    expect(body.detail).toBe('There is no 253.');
  });

  it('delete no fabric whose credentials would stay behind', async () => {
    await http.delete('/api/v1/fabrics/retired').set(auth).expect(503);
    expect(seen.map((one) => one.method)).not.toContain('fabric.delete');
    const cluster = await other('k8s-sync', ClusterAnswers);
    await eventually(async () => (await http.delete('/api/v1/fabrics/retired').set(auth)).status === 200);
    await cluster.stop();
    expect(seen.slice(-2).map((one) => one.method)).toEqual(['cluster.delete', 'fabric.delete']);
  });

  it('for an id that is none are refused', async () => {
    await http.get('/api/v1/plans/not-an-id').set(auth).expect(422);
  });
});

describe('dead letters', () => {
  /** One of fabric, whose consumer has no handler here. */
  const dies = async (reason: string) => {
    const letter = randomUUID();
    // The partition of the day is made in the background of the start.
    await eventually(() => others[0]!.app.get(Database).query(
      `INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, body, body_hash, size, headers, state, attempts, reason, message, cause, pattern, first_failed_at, last_failed_at)
       VALUES ((now() AT TIME ZONE 'UTC')::date, $1, 'fabric.steps.finished', 'm', 'steps.finished', '{"a":1,"a":2}', sha256('x'), 13, '{"h":1}', 'dead', 1, $2, 'no', '0123456789ab', 'no', now(), now())`, [letter, reason]));
    return letter;
  };

  it('are listed by what is asked for', async () => {
    await http.get(`/api/v1/dead-letters?service=git-sync&reason=schema&fabricId=${id}&text=away&failedAfter=2026-01-01T00:00:00Z&limit=5`).set(auth).expect(200);
    expect(seen.at(-1)).toMatchObject({ method: 'dead_letter.list', request: { service: 'git-sync', reason: 'schema', fabricId: id, text: 'away', state: 'dead', limit: 5 } });
    const { body } = await http.get('/api/v1/dead-letters?service=nobody&fabricId=x&failedBefore=yesterday').set(auth).expect(422);
    expect(body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['fabricId', 'failedBefore', 'service']);
  });

  it('are read with all that is kept of them', async () => {
    const letter = await dies('read');
    const { body } = await http.get(`/api/v1/dead-letters/fabric/${letter}`).set(auth).expect(200);
    expect(body).toMatchObject({ id: letter, service: 'fabric', headers: { h: 1 }, body: { encoding: 'text', content: '{"a":1,"a":2}', note: "The key 'a' stands twice." } });
    expect((await http.get(`/api/v1/dead-letters/fabric/${id}`).set(auth).expect(404)).body).toMatchObject({ code: 'BUS-030' });
    await http.get(`/api/v1/dead-letters/gateway/${letter}`).set(auth).expect(422);
  });

  it('are replayed each by its own service', async () => {
    const letter = await dies('replayed');
    const one = await http.post(`/api/v1/dead-letters/fabric/${letter}/replay`).set(auth).expect(200);
    expect(one.body).toMatchObject({ done: 0, skipped: 1, outcomes: [{ service: 'fabric', id: letter, code: 'BUS-034' }], unreachable: [], next: null });
    const some = await http.post('/api/v1/dead-letters/replay').set(auth).send({ letters: [{ service: 'fabric', id: letter }, { service: 'git-sync', id }] }).expect(200);
    expect(some.body.outcomes.map((outcome: { service: string; code: string }) => `${outcome.service} ${outcome.code}`).sort()).toEqual(['fabric BUS-034', 'git-sync BUS-030']);
  });

  it('are discarded with a reason, those of services that are down left', async () => {
    const letter = await dies('to discard');
    await http.post('/api/v1/dead-letters/discard').set(auth).send({ filter: { reason: 'to discard' } }).expect(422);
    const { body } = await http.post('/api/v1/dead-letters/discard').set(auth).send({ filter: { reason: 'to discard' }, reason: 'a test' }).expect(200);
    expect(body).toMatchObject({ done: 1, unreachable: [{ service: 'k8s-sync' }], next: expect.any(String) as string });
    expect((await http.get(`/api/v1/dead-letters/fabric/${letter}`).set(auth)).body).toMatchObject({ state: 'discarded', note: 'a test', closedBy: { name: 'administrator' } });
    await http.post('/api/v1/dead-letters/discard').set(auth).send({ filter: { service: 'k8s-sync' }, reason: 'a test' }).expect(503);
  });

  it('are edited when nobody has closed them', async () => {
    const letter = await dies('edited');
    await http.post(`/api/v1/dead-letters/fabric/${letter}/discard`).set(auth).send({ reason: 'too late' }).expect(200);
    expect((await http.post(`/api/v1/dead-letters/fabric/${letter}/edit`).set(auth).send({ data: {} }).expect(409)).body).toMatchObject({ code: 'BUS-031', detail: expect.stringContaining('discarded by administrator') });
  });

  it.each([{}, { letters: [] }, { filter: {} }, { filter: { reason: 'x' }, letters: [{ service: 'fabric', id }] }, { filter: { state: 'replayed' } }, { letters: [{ service: 'gateway', id }] }])('are not replayed by %j', async (body) => {
    await http.post('/api/v1/dead-letters/replay').set(auth).send(body).expect(422);
  });
});

describe('a gateway that stops', () => {
  it('answers what it has begun, and then ends at once', async () => {
    const another = await startGateway(token);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const asking = fetch(`${another.http.url}/api/v1/event-log`, { headers: auth });
    await new Promise((done) => { setTimeout(done, 200); });
    const startedAt = performance.now();
    const stopping = another.stop();
    await new Promise((done) => { setTimeout(done, 200); });
    resolve();
    gate = Promise.resolve();
    expect((await asking).status).toBe(200);
    await stopping;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('webhooks', () => {
  it('hand on the raw bytes and the headers of the sender', async () => {
    const body = '{"ref":  "refs/heads/main"}';
    await http.post('/api/v1/webhooks/github/network').set('content-type', 'application/json').set('x-github-event', 'push').set('x-hub-signature-256', 'sha256=00').set('cookie', 'secret=1').send(body).expect(202);
    const { request } = seen.at(-1) as { request: { repository: string; headers: Record<string, string>; body: string } };
    expect(Buffer.from(request.body, 'base64').toString()).toBe(body);
    expect(request.headers).toMatchObject({ 'x-github-event': 'push', 'x-hub-signature-256': 'sha256=00' });
    expect(request.headers['cookie']).toBeUndefined();
  });
});

describe('events', () => {
  it('resume after Last-Event-ID without a gap', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${gateway.http.url}/api/v1/events`, { headers: { ...auth, 'last-event-id': '2' }, signal: stop.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => { for await (const part of answer.body!) text += Buffer.from(part).toString(); })().catch(() => undefined);
    await eventually(() => text.includes('id: 5'));
    expect([...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1])).toEqual(['3', '4', '5']);
    expect(text).toContain('event: fabric.state_changed');
    log.push({ position: '6', event: { event_type: 'fabric.sync_changed', n: 6 } });
    await eventually(() => text.includes('id: 6'));
    stop.abort();
    await reading;
  });

  it('end with a reader that left before they began', async () => {
    const opened = async () => (await gateway.app.get(Metrics).registry.getSingleMetric('heddle_event_streams')!.get()).values[0]?.value ?? 0;
    await eventually(async () => await opened() === 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const stop = new AbortController();
    const asking = fetch(`${gateway.http.url}/api/v1/events`, { headers: auth, signal: stop.signal }).catch(() => undefined);
    await new Promise((done) => { setTimeout(done, 200); });
    stop.abort();
    await asking;
    await new Promise((done) => { setTimeout(done, 100); });
    resolve();
    gate = Promise.resolve();
    await http.get('/api/v1/event-log').set(auth).expect(200);
    await eventually(async () => await opened() === 0, { timeout: 3_000 });
  });

  it('do not hold up the end of the gateway', async () => {
    const another = await startGateway(token);
    const answer = await fetch(`${another.http.url}/api/v1/events`, { headers: { ...auth, 'last-event-id': '5' } });
    const reading = answer.text();
    const startedAt = performance.now();
    await another.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await reading).toContain('from 5');
  });

  it('refuse a Last-Event-ID that is no position', async () => {
    await http.get('/api/v1/events').set(auth).set('last-event-id', 'abc').expect(422);
  });
});

describe('the event log', () => {
  it('is searched by what a person knows', async () => {
    await http.get('/api/v1/events/log?types=fabric.*,drift.detected&source=fabric&correlation=op-1&from=2026-01-01T00:00:00Z&order=oldest&limit=7').set(auth).expect(200);
    expect(seen.at(-1)).toMatchObject({ method: 'event.search', request: { types: ['fabric.*', 'drift.detected'], source: 'fabric', correlationId: 'op-1', from: '2026-01-01T00:00:00Z', order: 'oldest', limit: 7 } });
    await http.get('/api/v1/events/log?fabric=lab').set(auth).expect(404);
    expect((await http.get('/api/v1/events/log?from=yesterday').set(auth).expect(422)).body.errors[0].field).toBe('from');
  });

  it('is replayed to a target, and answers 410 for what is kept no longer', async () => {
    const body = { target: { type: 'queue', queue: 'fabric.cluster.state_changed' }, from: '2026-01-01T00:00:00Z', filter: { types: ['cluster.*'], fabric: id }, reason: 'lost' };
    expect((await http.post('/api/v1/replays').set(auth).send(body).expect(410)).body).toMatchObject({ code: 'BUS-060', status: 410, detail: expect.stringContaining('2026-01-02'), remedy: 'Begin there.' });
    expect(seen.at(-1)).toMatchObject({ method: 'replay.create', request: { filter: { types: ['cluster.*'], fabricId: id }, eventsPerSecond: 100 }, context: { actor: { type: 'token' } } });
    const refused = await http.post('/api/v1/replays').set(auth).send({ ...body, reason: ' ', eventsPerSecond: 1e9 }).expect(422);
    expect(refused.body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['eventsPerSecond', 'reason']);
    await http.get('/api/v1/replays?state=running').set(auth).expect(200);
    expect(seen.at(-1)).toMatchObject({ method: 'replay.list', request: { state: 'running', limit: 100 } });
    await http.get(`/api/v1/replays/${id}`).set(auth).expect(404);
    await http.delete(`/api/v1/replays/${id}`).set(auth).expect(404);
    expect(seen.at(-1)).toMatchObject({ method: 'replay.cancel', request: { replayId: id } });
  });

  it('has an archive, with tasks that take their time', async () => {
    await http.get('/api/v1/archive/days').set(auth).expect(200);
    expect((await http.post('/api/v1/archive/tasks').set(auth).send({ type: 'restore', firstDay: '2026-01-01', reason: 'an audit' }).expect(202)).body).toMatchObject({ id, state: 'pending' });
    await http.post('/api/v1/archive/tasks').set(auth).send({ type: 'restore', firstDay: 'yesterday', reason: 'an audit' }).expect(422);
    await http.get('/api/v1/archive/tasks').set(auth).expect(200);
    await http.get(`/api/v1/archive/tasks/${id}`).set(auth).expect(404);
  });
});

describe('the bus', () => {
  it('is told per service, and services that are down are named', async () => {
    await gateway.app.get(BusObserver).look();
    const { body } = await http.get('/api/v1/bus').set(auth).expect(200).expect('content-type', /application\/json/);
    const { services, unreachable } = meshBusSchema.parse(body);
    expect(services.map(({ service }) => service)).toEqual(['gateway', 'fabric', 'git-sync', 'notification']);
    expect(unreachable).toEqual([{ service: 'k8s-sync', reason: expect.stringContaining("'k8s-sync'") as string, remedy: expect.any(String) as string }]);
    expect(services[0]!.queues).toContainEqual(expect.objectContaining({ queue: 'k8s-sync.steps.apply', consumers: 0 }));
    await http.get('/api/v1/bus').expect(401);
  });
});

describe('the OpenAPI document', () => {
  it('serves what travels on the bus as AsyncAPI', async () => {
    const { body } = await http.get('/api/asyncapi.json').set(auth).expect(200).expect('content-type', /application\/json/);
    expect(body).toMatchObject({ asyncapi: '3.0.0', operations: { 'fabric.send.drift.detected': { action: 'send' } } });
    await http.get('/api/asyncapi.json').expect(401);
  });

  it('is of version 3.1 and describes requests, answers and problems', async () => {
    const { body } = await http.get('/api/openapi.json').set(auth).expect(200);
    expect(body.openapi).toBe('3.1.0');
    const create = body.paths['/api/v1/fabrics'].post;
    expect(create.requestBody.content['application/json'].schema.properties.name).toMatchObject({ type: 'string' });
    expect(create.responses['201'].content['application/json'].schema.properties.conditions).toBeTruthy();
    expect(create.responses['503'].content['application/problem+json']).toBeTruthy();
    for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, { summary?: string }>>)) {
      if (!path.startsWith('/api/')) continue;
      for (const operation of Object.values(methods)) expect(operation.summary, path).toBeTruthy();
    }
  });
});

describe('health', () => {
  it('is open and tells each dependency', async () => {
    await http.get('/healthz').expect(200);
    const { body } = await http.get('/readyz').expect(200);
    expect(Object.keys(body.checks)).toEqual(expect.arrayContaining(['postgresql']));
  });
});


describe('tasks', () => {
  it('are answered by the service that is named', async () => {
    expect((await http.get('/api/v1/tasks/fabric?queue=scheduler&state=failed').set(auth).expect(200)).body).toEqual({ items: [], next: null });
    expect((await http.post(`/api/v1/tasks/fabric/${id}/cancel`).set(auth).expect(404)).body).toMatchObject({ code: 'BUS-011' });
    await http.get('/api/v1/tasks/gateway').set(auth).expect(422);
    await http.get('/api/v1/tasks/fabric?queue=fast').set(auth).expect(422);
  });
});
