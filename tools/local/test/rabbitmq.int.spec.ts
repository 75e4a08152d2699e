import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startRabbitmq, type Rabbitmq } from '../src/index.ts';

interface Api {
  (method: string, path: string, body?: unknown): Promise<unknown>;
}

function api({ managementUrl }: Rabbitmq): Api {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return async (method, path, body) => {
    const answer = await fetch(`${origin}/api${path}`, { method, headers: { authorization, connection: 'close' }, body: body === undefined ? null : JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.status === 200 ? answer.json() : undefined;
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** RabbitMQ 3.10 writes a new queue's record up to seconds after it has confirmed it: killed before, it forgets the queue. */
async function untilWritten({ logFile }: Rabbitmq, queue: string): Promise<void> {
  const folder = dirname(logFile);
  for (let attempt = 1; attempt <= 200; attempt++) {
    const files = globSync('**/{LATEST.LOG,rabbit_durable_queue.DCD,rabbit_durable_queue.DCL}', { cwd: folder });
    if (files.some((file) => readFileSync(join(folder, file)).includes(queue))) return;
    await delay(50);
  }
  throw new Error(`The record of '${queue}' was not written within 10 s`);
}

const started: Rabbitmq[] = [];
afterEach(async () => {
  for (const rabbitmq of started.splice(0)) await rabbitmq.stop();
});

describe('startRabbitmq', () => {
  it('keeps a durable message when it is killed', { timeout: 120_000 }, async () => {
    const rabbitmq = await startRabbitmq();
    started.push(rabbitmq);
    const call = api(rabbitmq);
    await call('PUT', '/queues/%2F/kept', { durable: true });
    const message = { properties: { delivery_mode: 2 }, routing_key: 'kept', payload: 'still here', payload_encoding: 'string' };
    expect(await call('POST', '/exchanges/%2F/amq.default/publish', message)).toEqual({ routed: true });

    await untilWritten(rabbitmq, 'kept');

    const before = rabbitmq.pid;
    await rabbitmq.kill();
    await rabbitmq.restart();

    expect(rabbitmq.pid).not.toBe(before);
    expect(await call('POST', '/queues/%2F/kept/get', { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' }))
      .toEqual([expect.objectContaining({ payload: 'still here' })]);
  });

  it('leaves no process behind when it stops', { timeout: 60_000 }, async () => {
    const rabbitmq = await startRabbitmq();
    const { pids } = rabbitmq;
    expect(pids.every(isAlive)).toBe(true);
    await rabbitmq.stop();
    expect(pids.some(isAlive)).toBe(false);
  });
});
