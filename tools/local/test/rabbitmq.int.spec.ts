import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const started: Rabbitmq[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const rabbitmq of started.splice(0)) await rabbitmq.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('startRabbitmq', () => {
  it('leaves no process behind when it stops, and keeps a durable message when it is killed', { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-rabbitmq-test-'));
    folders.push(folder);
    // RabbitMQ 3.10 may forget a queue that was declared seconds before a crash; what an orderly stop has written it keeps.
    const first = await startRabbitmq({ folder });
    started.push(first);
    await api(first)('PUT', '/queues/%2F/kept', { durable: true });
    const { pids } = first;
    expect(pids.every(isAlive)).toBe(true);
    await first.stop();
    expect(pids.some(isAlive)).toBe(false);

    const rabbitmq = await startRabbitmq({ folder });
    started.push(rabbitmq);
    const call = api(rabbitmq);
    const message = { properties: { delivery_mode: 2 }, routing_key: 'kept', payload: 'still here', payload_encoding: 'string' };
    expect(await call('POST', '/exchanges/%2F/amq.default/publish', message)).toEqual({ routed: true });

    const before = rabbitmq.pid;
    await rabbitmq.kill();
    await rabbitmq.restart();

    expect(rabbitmq.pid).not.toBe(before);
    expect(await call('POST', '/queues/%2F/kept/get', { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' }))
      .toEqual([expect.objectContaining({ payload: 'still here' })]);
  });
});
