import { randomBytes } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import { clusterDelete, fabricCreate, fabricDelete, fabricGet, fabricList, type FabricView, repositoryGet, repositoryWebhook, resourceGet, resourceList, subscriptionUpdate } from '@heddle/contracts';
import { LONG_ROUTES, OnRequest, type RequestContext } from '@heddle/messaging';
import { Conflict, NotFound } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayUnderTest } from './gateway-under-test.ts';

const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const now = new Date().toISOString();
const retired: FabricView = {
  id, name: 'retired', state: 'decommissioned', createdAt: now, revision: null, operation: null, conditions: [],
  source: { repositoryId: id, repository: 'network', branch: 'main', directory: '' }, policy: { automaticSync: false, prune: false, selfHeal: false },
  connection: { state: 'unknown', reason: 'None', message: '', since: now, breaker: { state: 'closed', nextTryAt: null, lastError: null } },
  sync: { state: 'never_synced', reason: 'None', message: '', since: now },
  counts: { resources: 0, converged: 0, pending: 0, drifted: 0, failed: 0, foreign: 0, findings: 0, held: 0, switches: 0, switchesReady: 0 },
};
const seen: { method: string; request: unknown; context: RequestContext }[] = [];

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
    throw new NotFound({ code: 'STATE-010', message: `There is no fabric '${fabric}'.`, remedy: 'List the fabrics.' });
  }

  @OnRequest(fabricCreate)
  async create(): Promise<never> {
    throw new Conflict({ code: 'STATE-011', message: "There is a fabric 'lab' already.", remedy: 'Choose another name.' });
  }

  @OnRequest(fabricDelete)
  async remove(request: unknown, context: RequestContext) {
    seen.push({ method: 'fabric.delete', request, context });
    return { id };
  }

  @OnRequest(resourceGet)
  async resource({ name }: { name: string }): Promise<never> {
    throw new NotFound({ code: 'STATE-015', message: `There is no ${name.length}.`, remedy: 'List the resources.' });
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
    throw new NotFound({ code: 'GIT-001', message: "There is no repository 'nowhere'.", remedy: 'List the repositories.' });
  }
}

@Controller()
class NotificationChanges {
  @OnRequest(subscriptionUpdate)
  async update(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'subscription.update', request, context });
    throw new NotFound({ code: 'STATE-060', message: 'There is no such subscription.', remedy: 'List them.' });
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

const metricsToken = randomBytes(24).toString('hex');
let gateway: GatewayUnderTest;
let http: ReturnType<typeof supertest>;
let auth: GatewayUnderTest['auth'];
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({ fabric: [FabricAnswers], 'git-sync': [GitAnswers], notification: [NotificationChanges] }, { HEDDLE_BODY_LIMIT: '20000', HEDDLE_METRICS_TOKEN: metricsToken });
  ({ http, auth } = gateway);
});
afterAll(() => gateway?.stop());

/** A request line as it stands: clients would tidy the path up. */
function raw(method: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.running.http.url);
    rawRequest({ hostname, port, method, path }, (answer) => {
      let body = '';
      answer.on('data', (part) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, body }));
    }).on('error', reject).end();
  });
}

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
    const before = await gateway.another(first);
    const get = (url: string, by: string) => supertest(url).get('/api/v1/fabrics').set('authorization', `Bearer ${by}`);
    await get(before.http.url, first).expect(200);
    await before.stop();
    const after = await gateway.another(second);
    await get(after.http.url, second).expect(200);
    await get(after.http.url, first).expect(401);
    await after.stop();
    const back = await gateway.another();
    await back.stop();
  });

  it('refuses an unknown token with a remedy', async () => {
    const answer = await http.get('/api/v1/fabrics').set('authorization', 'Bearer wrong').expect(401).expect('content-type', /application\/problem\+json/);
    expect(answer.body).toMatchObject({ code: 'AUTH-002', status: 401, remedy: expect.stringMatching(/token/) });
  });

  it('takes the token as a Basic password for browsers', async () => {
    await http.get('/api/docs').auth('anyone', gateway.token).expect(200).expect('content-type', /html/);
    await http.get('/api/docs').expect(401).expect('www-authenticate', /Basic/);
  });

  it('lets the token of the metrics read nothing else', async () => {
    const scrape = { authorization: `Bearer ${metricsToken}` };
    expect((await http.get('/metrics').set(scrape).expect(200)).text).toContain('heddle_http_request_seconds');
    for (const path of ['/api/v1/fabrics', '/api/docs', '/metrics/', '/metrics/x']) await http.get(path).set(scrape).expect(401);
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
    expect((await http.get('/api/v1/fabrics/lab').set(auth).expect(404)).body).toMatchObject({ code: 'STATE-010', severity: 'info', detail: "There is no fabric 'lab'.", remedy: 'List the fabrics.' });
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
    const cluster = await gateway.service('k8s-sync', [ClusterAnswers]);
    await eventually(async () => (await http.delete('/api/v1/fabrics/retired').set(auth)).status === 200);
    await cluster.stop();
    expect(seen.slice(-2).map((one) => one.method)).toEqual(['cluster.delete', 'fabric.delete']);
  });

  it('for an id that is none are refused', async () => {
    await http.get('/api/v1/plans/not-an-id').set(auth).expect(422);
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

describe('the OpenAPI document', () => {
  it('serves what travels on the bus as AsyncAPI', async () => {
    const { body } = await http.get('/api/asyncapi.json').set(auth).expect(200).expect('content-type', /application\/json/);
    expect(body).toMatchObject({ asyncapi: '3.0.0', operations: { 'fabric.send.drift.detected': { action: 'send' } } });
    await http.get('/api/asyncapi.json').expect(401);
  });

  it('has the routes that alerts leave out since they take long', async () => {
    const { body } = await http.get('/api/openapi.json').set(auth).expect(200);
    expect(Object.keys(body.paths as object)).toEqual(expect.arrayContaining(LONG_ROUTES.map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))));
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
