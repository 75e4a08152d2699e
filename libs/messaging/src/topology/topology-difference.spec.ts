import { describe, expect, it } from 'vitest';
import { tellsOfDifference, topologyDifference } from './topology-difference.ts';

const refusal = (code: number, text: string) => Object.assign(new Error(`Operation failed: QueueDeclare; ${code} with message "${text}"`), { code });

describe('topologyDifference', () => {
  it('names setting, expected and found value', () => {
    const error = refusal(406, `PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '10' of type 'long'`);
    expect(topologyDifference('queue q', error)).toMatchObject({ entity: 'queue q', field: 'x-max-length', expected: 'none', found: '10', remedy: expect.stringContaining('delete queue q') as string });
  });

  it('reads the type of an exchange', () => {
    const error = refusal(406, `PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e' in vhost '/': received 'topic' but current is 'direct'`);
    expect(topologyDifference('exchange e', error)).toMatchObject({ field: 'type', expected: 'topic', found: 'direct', remedy: expect.stringContaining('Delete exchange e') as string });
  });

  it('keeps words that it can not read', () => {
    const difference = topologyDifference('queue q', refusal(406, 'PRECONDITION_FAILED - something else'));
    expect(difference).toEqual({ entity: 'queue q', reason: expect.stringContaining('something else') as string, remedy: expect.any(String) as string });
  });

  it('asks for rights where they are missing', () => {
    expect(topologyDifference('queue q', refusal(403, 'ACCESS_REFUSED')).remedy).toContain('Grant');
  });
});

describe('tellsOfDifference', () => {
  it('sets apart what differs from what is broken', () => {
    expect([403, 405, 406].map((code) => tellsOfDifference(refusal(code, '')))).toEqual([true, true, true]);
    expect([404, 541, undefined].map((code) => tellsOfDifference(Object.assign(new Error(), { code })))).toEqual([false, false, false]);
  });
});
