import type { Outcome } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldOutcomes } from './fold-outcomes.ts';
import type { StepRow } from './step-store.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const step = (given: Partial<StepRow> = {}): StepRow => ({ stepId: 's', action: 'create', kind: 'VPC', name: 'a', desiredHash: 'h', attempt: 1, state: 'sent', reason: '', message: '', remedy: null, at: null, changed: null, uid: null, dependsOn: [], sentAt: null, wait: null, ...given });
const given = (second: number, outcome: Outcome, attempt = 1) => ({ stepId: 's', attempt, at: at(second), outcome });
const waiting: Outcome = { type: 'waiting', on: 'finalizers x', since: at(0) };
const retry: Outcome = { type: 'retry', at: at(9), try: 1, reason: 'TimedOut', message: 'No answer.' };
const done: Outcome = { type: 'done', changed: true, live: { kind: 'VPC' } };

describe('foldOutcomes', () => {
  it('ends the same for any order and any repetition', () => {
    const all = [given(1, retry), given(2, waiting), given(3, done)];
    fc.assert(fc.property(fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 8 }).filter((list) => list.includes(all[2]!)), (list) => {
      expect(foldOutcomes([step()], list)).toMatchObject([{ after: { state: 'done' }, isFinal: true, live: { kind: 'VPC' } }]);
    }));
  });

  it('keeps the later of two that are not final', () => {
    expect(foldOutcomes([step()], [given(2, waiting), given(1, retry)])).toMatchObject([{ after: { state: 'waiting' }, isFinal: false }]);
    expect(foldOutcomes([step({ state: 'retry', at: new Date(at(5)) })], [given(4, waiting)])).toEqual([]);
  });

  it('keeps since when a step fails for one reason, and which try is next', () => {
    const [first] = foldOutcomes([step()], [given(1, retry)]);
    expect(first!.after.wait).toEqual({ reason: 'TimedOut', for: 'No answer.', since: at(1), until: at(9), try: 2, owner: 'k8s-sync', remedy: expect.stringContaining('load') });
    const later = foldOutcomes([step({ state: 'retry', at: new Date(at(1)), wait: first!.after.wait })], [given(9, { ...retry, try: 2, at: at(20) })]);
    expect(later[0]!.after.wait).toMatchObject({ since: at(1), until: at(20), try: 3 });
    expect(foldOutcomes([step({ state: 'retry', at: new Date(at(1)), wait: first!.after.wait })], [given(9, done)])[0]!.after.wait).toBeNull();
    expect(foldOutcomes([step()], [given(2, waiting)])[0]!.after.wait).toMatchObject({ reason: 'Finalizers', for: 'finalizers x', since: at(0), until: null });
  });

  it.each(['done', 'stalled', 'not_started'] as const)('never takes back a step that is %s', (state) => {
    expect(foldOutcomes([step({ state, at: new Date(at(1)) })], [given(9, waiting), given(9, done)])).toEqual([]);
  });

  it('passes over other attempts and unknown steps', () => {
    expect(foldOutcomes([step()], [given(1, done, 2), { ...given(1, done), stepId: 'other' }])).toEqual([]);
  });
});
