import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identify, isRunning, markedProcesses, markVariable, startProcess, waitUntilReady, type StartedProcess } from '../src/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-process-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string, env?: NodeJS.ProcessEnv): Promise<StartedProcess> {
  return startProcess({ name: 'shell', command: '/bin/sh', args: ['-c', script], env, logFile: join(folder, `${randomUUID()}.log`) });
}

describe('startProcess', () => {
  it('ends the children of what it started', async () => {
    const started = await shell('sleep 60 & echo $!; trap "" TERM; wait; wait');
    await waitUntilReady(started, () => started.log().includes('\n'), { timeoutMs: 5_000 });
    const child = identify(Number(started.log()));
    await started.stop('SIGTERM', 100);
    await delay(50);
    expect(child && isRunning(child)).toBe(false);
    expect(started.exit()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says so when a program is missing', async () => {
    await expect(startProcess({ name: 'nothing', command: '/no/such/program', logFile: join(folder, 'x.log') })).rejects.toThrow(/nothing: .* can't be started/);
  });

  it.runIf(process.platform === 'linux')('marks what it starts even in an empty environment', async () => {
    const mark = randomUUID();
    process.env[markVariable] = mark;
    const started = await shell('exec sleep 60', {});
    delete process.env[markVariable];
    expect(markedProcesses(mark).map(({ pid }) => pid)).toEqual([started.pid]);
    await started.stop('SIGKILL');
    expect(markedProcesses(mark)).toEqual([]);
  });
});

describe('waitUntilReady', () => {
  it('gives the log of a process that ends early', async () => {
    const started = await shell('echo port is taken; exit 3');
    await expect(waitUntilReady(started, () => false, { timeoutMs: 5_000 })).rejects.toThrow(/ended before it was ready \(3\):\nport is taken/);
  });

  it('gives up after its time', async () => {
    const started = await shell('sleep 60');
    await expect(waitUntilReady(started, () => false, { timeoutMs: 50 })).rejects.toThrow(/not ready within 0.05 s/);
    await started.stop('SIGKILL');
  });
});
