import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineMessage, type MessageContract } from './define-message.ts';

const define = (extra: object) => defineMessage({ type: 'fabric.tested', version: 1, role: 'event', from: 'fabric', to: [], schema: z.object({}), ...extra } as MessageContract);

describe('defineMessage', () => {
  it.each([10, -1, 1.5, Number.NaN])('refuses the priority %s', (priority) => {
    expect(() => define({ priority })).toThrow(`'fabric.tested' is wrong: priority must be a whole number from 0 to 9, not ${priority}`);
  });

  it.each([0, 9])('takes the priority %s', (priority) => {
    expect(define({ priority }).priority).toBe(priority);
  });

  it.each([0, -5, 0.5, 2 ** 32])('refuses the time to live %s', (ttlMs) => {
    expect(() => define({ ttlMs })).toThrow('ttlMs must be whole milliseconds');
  });

  it('refuses a priority where order was asked for', () => {
    expect(() => define({ order: 'key', priority: 9 })).toThrow('overtake their key');
    expect(define({ order: 'key' }).order).toBe('key');
  });
});
