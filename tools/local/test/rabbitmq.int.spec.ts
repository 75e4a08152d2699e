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
  // What it keeps when it is killed is shown where its messages matter: by the transport's suite and the crashes of the mesh.
  it('leaves no process behind when it stops, and keeps a durable message', { timeout: 180_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-rabbitmq-test-'));
    folders.push(folder);
    const first = await startRabbitmq({ folder });
    started.push(first);
    const message = { properties: { delivery_mode: 2 }, routing_key: 'kept', payload: 'still here', payload_encoding: 'string' };
    await api(first)('PUT', '/queues/%2F/kept', { durable: true });
    expect(await api(first)('POST', '/exchanges/%2F/amq.default/publish', message)).toEqual({ routed: true });
    const { pids } = first;
    expect(pids.every(isAlive)).toBe(true);
    await first.stop();
    expect(pids.some(isAlive)).toBe(false);

    const second = await startRabbitmq({ folder });
    started.push(second);
    expect(await api(second)('POST', '/queues/%2F/kept/get', { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' }))
      .toEqual([expect.objectContaining({ payload: 'still here' })]);
  });
});
