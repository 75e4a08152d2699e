import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Mesh } from './mesh.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Line { level?: string; msg: string; http?: { host: string; port: number } }

describe('a service as a process', () => {
  let mesh: Mesh;
  let child: ChildProcess;
  let lines: Line[];

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterEach(() => { child.kill('SIGKILL'); });
  afterAll(() => mesh.stop());

  const launch = (...words: string[]) => {
    lines = [];
    child = spawn(process.execPath, [
      '--conditions=@heddle/source', '--import', new URL('tools/ts-loader.mjs', `file://${root}`).href, fileURLToPath(new URL('small-service.ts', import.meta.url)), mesh.database.url, ...words,
    ], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  };
  const ready = () => eventually(() => lines.find(({ msg }) => msg === 'ready') ?? false, { timeout: 50_000 });
  const report = async (line: Line) => (await fetch(`http://${line.http!.host}:${line.http!.port}/readyz`)).json() as Promise<{ status: string }>;

  it('tells when it is ready, and stops when asked to', async () => {
    launch(mesh.vhost.amqpUrl);
    expect(await report(await ready())).toMatchObject({ status: 'ready', checks: { rabbitmq: { ok: true }, postgresql: { ok: true } } });
    expect((await mesh.queue('notification.requests')).consumerCount).toBe(1);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('starts degraded when the broker is away', async () => {
    launch('amqp://127.0.0.1:9/none', '500');
    expect(await report(await ready())).toMatchObject({ status: 'degraded', checks: { rabbitmq: { ok: false } } });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
