import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isGone, processPlace, processStart } from './process-place.ts';

describe.runIf(process.platform === 'linux')('whether a process is gone', () => {
  it('is told by its id and its start', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid!;
    const started = processStart(pid)!;
    expect([isGone(pid, started), isGone(pid, `${Number(started) - 1}`)]).toEqual([false, true]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone(pid, started)).toBe(true);
  });

  it('is not said of a process of somebody else', () => {
    expect(isGone(1, processStart(1) ?? '0')).toBe(false);
  });

  it('holds within one namespace of one start of the kernel', () => {
    expect(processPlace()).toMatch(/^[0-9a-f-]{36} pid:\[\d+\] \S+$/);
    expect(processPlace()).toBe(processPlace());
  });
});
