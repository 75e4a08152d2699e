import { eventList, eventSearch, archiveDayList, archiveTaskCreate, archiveTaskGet, archiveTaskList, fabricGet, replayCancel, replayCreate, replayGet, replayList } from '@heddle/contracts';
import { OnRequest, type RequestContext } from '@heddle/messaging';
import { currentContext, Gone, Logger, Metrics, NotFound } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { z } from 'zod';
import { GatewayUnderTest } from './gateway-under-test.ts';

const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const now = new Date().toISOString();
let gate: Promise<void> = Promise.resolve();
/** Questions for events that have come. */
let asked = 0;
const seen: { method: string; request: unknown; context: RequestContext }[] = [];
const log = Array.from({ length: 5 }, (_, n) => ({ position: String(n + 1), event: { event_type: 'fabric.state_changed', n: n + 1 } }));

// The other side of the bus: real messages, answers chosen by the test.
@Controller()
class FabricAnswers {
  @OnRequest(fabricGet)
  async get({ fabric }: { fabric: string }): Promise<never> {
    throw new NotFound({ code: 'STATE-010', message: `There is no fabric '${fabric}'.`, remedy: 'List the fabrics.' });
  }
}

@Controller()
class NotificationAnswers {
  @OnRequest(eventList)
  async list({ after, limit }: { after?: string | undefined; limit: number }) {
    asked += 1;
    await gate;
    return { items: after === undefined ? [] : log.filter((one) => BigInt(one.position) > BigInt(after)).slice(0, limit), last: String(log.length) };
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
    throw new NotFound({ code: 'STATE-062', message: 'There is no such replay.', remedy: 'List them.' });
  }

  @OnRequest(replayCancel)
  async cancel(request: unknown, context: RequestContext): Promise<never> {
    seen.push({ method: 'replay.cancel', request, context });
    throw new NotFound({ code: 'STATE-062', message: 'There is no such replay.', remedy: 'List them.' });
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
    throw new NotFound({ code: 'STATE-063', message: 'There is no such task.', remedy: 'List them.' });
  }
}

let gateway: GatewayUnderTest;
let http: ReturnType<typeof supertest>;
let auth: GatewayUnderTest['auth'];
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({ fabric: [FabricAnswers], notification: [NotificationAnswers, EventLogAnswers] });
  ({ http, auth } = gateway);
});
afterAll(() => gateway?.stop());

describe('a gateway that stops', () => {
  it('answers what it has begun, and then ends at once', async () => {
    const another = await gateway.another();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const before = asked;
    const asking = fetch(`${another.http.url}/api/v1/event-log`, { headers: auth });
    await eventually(() => asked > before);
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

describe('events', () => {
  it('resume after Last-Event-ID without a gap', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${gateway.running.http.url}/api/v1/events`, { headers: { ...auth, 'last-event-id': '2' }, signal: stop.signal });
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
    const opened = async () => (await gateway.running.app.get(Metrics).registry.getSingleMetric('heddle_event_streams')!.get()).values[0]?.value ?? 0;
    await eventually(async () => await opened() === 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const stop = new AbortController();
    const before = asked;
    const asking = fetch(`${gateway.running.http.url}/api/v1/events`, { headers: auth, signal: stop.signal }).catch(() => undefined);
    await eventually(() => asked > before);
    stop.abort();
    await asking;
    await new Promise((done) => { setTimeout(done, 100); });
    resolve();
    gate = Promise.resolve();
    await http.get('/api/v1/event-log').set(auth).expect(200);
    await eventually(async () => await opened() === 0, { timeout: 3_000 });
  });

  it('do not hold up the end of the gateway', async () => {
    const another = await gateway.another();
    const answer = await fetch(`${another.http.url}/api/v1/events`, { headers: { ...auth, 'last-event-id': '5' } });
    const reading = answer.text();
    const startedAt = performance.now();
    await another.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await reading).toContain('from 5');
  });

  it('are no slow request, however long somebody listens', async () => {
    const told: object[] = [];
    const slow = vi.spyOn(gateway.running.app.get(Logger), 'slow').mockImplementation((_message, _milliseconds, fields) => { told.push({ ...fields, correlation: currentContext()?.correlationId }); });
    onTestFinished(() => slow.mockRestore());
    const ended = async () => (await gateway.running.app.get(Metrics).registry.getSingleMetric('heddle_http_request_seconds')!.get()).values
      .filter(({ labels, ...value }) => labels['route'] === '/api/v1/events' && 'metricName' in value && String(value.metricName).endsWith('_count')).reduce((sum, { value }) => sum + value, 0);
    const before = await ended();
    const stop = new AbortController();
    const answer = await fetch(`${gateway.running.http.url}/api/v1/events`, { headers: { ...auth, 'last-event-id': '5' }, signal: stop.signal });
    stop.abort();
    await answer.text().catch(() => undefined);
    await eventually(async () => await ended() > before);
    await http.get('/api/v1/replays').set(auth).set('x-correlation-id', 'told').expect(200);
    await eventually(() => expect(told).toContainEqual({ method: 'GET', route: '/api/v1/replays', status: 200, correlation: 'told' }));
    expect(told).not.toContainEqual(expect.objectContaining({ route: '/api/v1/events' }));
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
