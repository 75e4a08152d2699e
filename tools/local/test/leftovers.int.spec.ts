import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identify, isRunning, startProcess } from '../src/index.ts';
import { endLeftovers, type RunningRecord } from '../src/start/running-record.ts';

describe('endLeftovers', () => {
  it('ends what was recorded and spares a stranger of that number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-left-'));
    const start = (name: string) => startProcess({ name, command: 'sleep', args: ['60'], logFile: join(folder, 'log') });
    const [ours, stranger] = await Promise.all([start('ours'), start('stranger')]);
    const known = identify(ours.pid);
    if (known === undefined) throw new Error('the process is not there');
    const record: RunningRecord = {
      supervisor: { pid: 1, started: 'gone' },
      state: 'ready',
      url: '',
      processes: [
        { ...known, name: 'fabric', address: '' },
        { pid: stranger.pid, started: 'before', name: 'gateway', address: '' },
      ],
    };

    expect(endLeftovers(record)).toEqual(['fabric']);

    await ours.exited;
    const other = identify(stranger.pid);
    expect(other && isRunning(other)).toBe(true);
    await stranger.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
});
