import { randomUUID } from 'node:crypto';
import { deadLetterList, meshBusSchema } from '@heddle/contracts';
import { BusObserver, OnRequest, type RequestContext } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayUnderTest } from './gateway-under-test.ts';

const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const seen: { method: string; request: unknown; context: RequestContext }[] = [];

// The other side of the bus: real messages, answers chosen by the test.
@Controller()
class DeadLetterAnswers {
  @OnRequest(deadLetterList)
  async list(request: unknown, context: RequestContext) {
    seen.push({ method: 'dead_letter.list', request, context });
    return { items: [], next: null };
  }
}

let gateway: GatewayUnderTest;
let http: ReturnType<typeof supertest>;
let auth: GatewayUnderTest['auth'];
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({ fabric: [], 'git-sync': [], notification: [DeadLetterAnswers] });
  ({ http, auth } = gateway);
});
afterAll(() => gateway?.stop());

describe('dead letters', () => {
  /** One of fabric, whose consumer has no handler here. */
  const dies = async (reason: string) => {
    const letter = randomUUID();
    // The partition of the day is made in the background of the start.
    await eventually(() => gateway.services.get('fabric')!.app.get(Database).query(
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
    const { body } = await http.post('/api/v1/dead-letters/discard').set(auth).send({ filter: { reason: 'to discard' }, reason: 'a \0test' }).expect(200);
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

describe('the bus', () => {
  it('is told per service, and services that are down are named', async () => {
    await gateway.running.app.get(BusObserver).look();
    const { body } = await http.get('/api/v1/bus').set(auth).expect(200).expect('content-type', /application\/json/);
    const { services, unreachable } = meshBusSchema.parse(body);
    expect(services.map(({ service }) => service)).toEqual(['gateway', 'fabric', 'git-sync', 'notification']);
    expect(unreachable).toEqual([{ service: 'k8s-sync', reason: expect.stringContaining("'k8s-sync'") as string, remedy: expect.any(String) as string }]);
    expect(services[0]!.queues).toContainEqual(expect.objectContaining({ queue: 'k8s-sync.steps.apply', consumers: 0 }));
    await http.get('/api/v1/bus').expect(401);
  });
});

describe('tasks', () => {
  it('are answered by the service that is named', async () => {
    expect((await http.get('/api/v1/tasks/fabric?queue=scheduler&state=failed').set(auth).expect(200)).body).toEqual({ items: [], next: null });
    expect((await http.post(`/api/v1/tasks/fabric/${id}/cancel`).set(auth).expect(404)).body).toMatchObject({ code: 'BUS-011' });
    await http.get('/api/v1/tasks/gateway').set(auth).expect(422);
    await http.get('/api/v1/tasks/fabric?queue=fast').set(auth).expect(422);
  });

  it('are discarded with a reason, by whom the token names', async () => {
    const [task] = await gateway.services.get('fabric')!.app.get(Database).query<{ id: string }>(
      `INSERT INTO task (type, key, queue, payload, context, priority, state, due_at) VALUES ('x.do', 'k', 'micro', '{}', '{"correlationId":"c"}', 9, 'failed', now()) RETURNING id`);
    const { body } = await http.post(`/api/v1/tasks/fabric/${task!.id}/discard`).set(auth).send({ reason: 'of no \0use' }).expect(202);
    expect(body).toMatchObject({ state: 'cancelled', reason: 'Discarded', message: 'of no use', closedBy: { name: 'administrator' } });
    await http.post(`/api/v1/tasks/fabric/${task!.id}/discard`).set(auth).send({ reason: 'again' }).expect(409);
    await http.post(`/api/v1/tasks/fabric/${task!.id}/discard`).set(auth).send({}).expect(422);
  });
});
