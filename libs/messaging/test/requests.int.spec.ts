import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { fabricDelete, fabricGet, repositoryDelete } from '@heddle/contracts';
import { currentContext, NotFound } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, OnRequest, type RequestContext } from '../src/index.ts';
import { Mesh, type TestService } from './mesh.ts';

let aborted = false;

@Controller()
class Answers {
  @OnRequest(fabricDelete)
  async remove({ fabric }: { fabric: string }, context: RequestContext): Promise<{ id: string }> {
    if (fabric === 'gone') throw new NotFound({ code: 'STATE-010', message: `There is no fabric 'gone'.`, remedy: 'List the fabrics.', details: { fabric } });
    if (fabric === 'broken') throw new Error('inner secret');
    if (fabric === 'slow') {
      await new Promise<void>((resolve) => { context.signal.addEventListener('abort', () => { aborted = true; resolve(); }); });
    }
    if (fabric === 'mismatch') return { id: 'not a uuid' };
    return { id: context.correlationId === currentContext()?.correlationId ? context.correlationId : 'lost' };
  }
}

describe('request and reply', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let client: BusClient;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric', [Answers]);
    client = (await mesh.start('gateway')).running.app.get(BusClient);
  });
  afterAll(() => mesh.stop());

  it('answers with the context of the asker', async () => {
    const correlationId = randomUUID();
    expect(await client.ask(fabricDelete, { fabric: 'lab' }, { correlationId })).toEqual({ id: correlationId });
  });

  it('passes the bytes of an answer through', async () => {
    const correlationId = randomUUID();
    expect((await client.askRaw(fabricDelete, { fabric: 'lab' }, { correlationId })).toString()).toBe(JSON.stringify({ id: correlationId }));
  });

  it('brings a business error to the asker whole', async () => {
    await expect(client.ask(fabricDelete, { fabric: 'gone' })).rejects.toMatchObject({ name: 'NotFound', code: 'STATE-010', remedy: 'List the fabrics.', details: { fabric: 'gone' } });
  });

  it('tells nothing of an unexpected error', async () => {
    await expect(client.ask(fabricDelete, { fabric: 'broken' })).rejects.toMatchObject({ name: 'Internal', message: expect.not.stringContaining('secret') as string });
  });

  it('names the fields of a bad request', async () => {
    await expect(client.ask(fabricDelete, { fabric: '' })).rejects.toMatchObject({ name: 'Invalid', errors: [expect.objectContaining({ field: 'fabric' })] });
  });

  it('lets no answer out that breaks the contract', async () => {
    await expect(client.ask(fabricDelete, { fabric: 'mismatch' })).rejects.toMatchObject({ name: 'Internal', code: 'BUS-025' });
  });

  it('gives up at the deadline and aborts the answerer', async () => {
    const startedAt = performance.now();
    await expect(client.ask(fabricDelete, { fabric: 'slow' }, { deadlineMs: 200 })).rejects.toMatchObject({ name: 'Unavailable', code: 'BUS-021', message: expect.stringContaining(`'fabric'`) as string });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await eventually(() => aborted);
  });

  it('refuses a method that the service does not know', async () => {
    await expect(client.ask(fabricGet, { fabric: 'lab' })).rejects.toMatchObject({ name: 'NotFound', code: 'BUS-023' });
  });

  it('says at once which service is down', async () => {
    const startedAt = performance.now();
    await expect(client.ask(repositoryDelete, { repository: 'r' })).rejects.toMatchObject({ name: 'Unavailable', code: 'BUS-020', retryAfterSeconds: 5, message: expect.stringContaining(`'git-sync'`) as string });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('opens the breaker of that service and of no other', async () => {
    const failures = async () => client.ask(repositoryDelete, { repository: 'r' }).catch((error: { code: string }) => error.code);
    await eventually(async () => await failures() === 'NET-010');
    expect(await client.ask(fabricDelete, { fabric: 'lab' })).toHaveProperty('id');
  });

  it('has no way around the outbox', () => {
    expect(() => client.emit()).toThrow('use the outbox');
  });

  it('goes on when somebody deleted the queue of questions', async () => {
    await mesh.vhost.api.call('DELETE', `/queues/${mesh.vhost.name}/fabric.requests`);
    await eventually(async () => await client.ask(fabricDelete, { fabric: 'lab' }).then(() => true, () => false));
  });

  it('notices that a service has stopped', async () => {
    await fabric.running.stop();
    await expect(client.ask(fabricDelete, { fabric: 'lab' })).rejects.toMatchObject({ code: 'BUS-020' });
  });
});
