import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { markedProcesses, markVariable, repositoryRoot, startProcess, waitUntilReady, type StartedProcess } from '@heddle/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const mark = `npm-start-${process.pid}`;
let folder: string;
const started: StartedProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-start-'));
});
afterAll(async () => {
  for (const each of started) await each.stop('SIGTERM', 60_000);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, HEDDLE_STATE_DIR: join(folder, 'state'), [markVariable]: mark });

async function start(): Promise<StartedProcess> {
  const npmStart = await startProcess({
    name: 'npm start', command: process.execPath, args: ['tools/run.mjs', 'start'],
    cwd: repositoryRoot, env: environment(), logFile: join(folder, `start-${started.length}.log`),
  });
  started.push(npmStart);
  await waitUntilReady(npmStart, () => npmStart.log().includes('Three things to try'), { timeoutMs: 240_000, intervalMs: 200 });
  return npmStart;
}

async function command(name: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['tools/run.mjs', name], { cwd: repositoryRoot, env: environment() });
  return stdout;
}

describe('npm start', () => {
  it('brings up two fabrics, stops without a trace, and finds its state again', { timeout: 500_000 }, async () => {
    const first = await start();
    expect(first.log()).toMatch(/✓ spine-leaf is on its switches: \d+ objects/);
    expect(first.log()).toMatch(/✓ mesh is on its switches: \d+ objects/);
    expect(await command('status')).toMatch(/gateway .* ready/);

    expect(await command('stop')).toContain('Heddle is stopped.');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(markedProcesses(mark)).toEqual([]);

    const state = readFileSync(join(folder, 'state/state.json'), 'utf8');
    const second = await start();
    expect(second.log()).toMatch(/✓ fabric mesh known from before/);
    expect(JSON.parse(readFileSync(join(folder, 'state/state.json'), 'utf8'))).toMatchObject({ adminToken: JSON.parse(state).adminToken });

    second.signal('SIGINT');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(markedProcesses(mark)).toEqual([]);
  });
});
