import { describe, expect, it } from 'vitest';
import { identify, isRunning } from './process-identity.ts';

describe('isRunning', () => {
  it('knows a living process by its start', () => {
    const self = identify(process.pid);
    expect(self).toBeDefined();
    expect(self && isRunning(self)).toBe(true);
  });

  it('takes a reused number for another process', () => {
    expect(isRunning({ pid: process.pid, started: 'another boot:1' })).toBe(false);
  });

  it('finds nothing under a number that nobody has', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});
