import type { Outcome } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { beginDryRun, dryRunMessage, dryRunState, foldDryRun } from './judge-dry-run.ts';

const done: Outcome = { type: 'done', changed: true, live: null };
const refused: Outcome = { type: 'stalled', reason: 'Refused', message: 'webhook says no', remedy: '', causes: [] };
const unreachable: Outcome = { type: 'stalled', reason: 'ClusterUnreachable', message: 'no route', remedy: '', causes: [] };
const begun = beginDryRun([{ stepId: 'create/VPC/a', dependsOn: [] }, { stepId: 'delete/VPC/b', dependsOn: [] }, { stepId: 'create/VPCPeering/p', dependsOn: ['create/VPC/a', 'x', 'y', 'z'] }]);
const after = (a: Outcome, b: Outcome = done) => foldDryRun(begun, [{ stepId: 'create/VPC/a', outcome: a }, { stepId: 'delete/VPC/b', outcome: b }]);

describe('a dry run', () => {
  it('says of each step that can\'t be asked about what it depends on', () => {
    expect(begun['create/VPCPeering/p']).toEqual({ state: 'not_possible', message: 'depends on create/VPC/a, x, y and 1 more' });
    expect(dryRunState(begun)).toBe('running');
  });

  it('passes when all that could be asked was taken', () => {
    expect(dryRunState(after(done))).toBe('passed');
    expect(dryRunMessage('passed', after(done))).toBe('The API server takes 2 step(s). 1 step(s) depend on others and can\'t be asked about before.');
  });

  it('is refused with the server\'s words, however many pass', () => {
    expect(dryRunState(after(refused))).toBe('refused');
    expect(dryRunMessage('refused', after(refused))).toContain('create/VPC/a: Refused: webhook says no');
  });

  it.each<[string, Outcome]>([['unreachable', unreachable], ['taken back', { type: 'not_started', reason: 'Cancelled', message: '' }]])('is no refusal when the server was %s', (_, outcome) => {
    expect(dryRunState(after(outcome))).toBe('failed');
    expect(dryRunState(after(outcome, refused))).toBe('refused');
  });

  it('waits through retries, takes the first answer and knows only its own steps', () => {
    const retried = foldDryRun(begun, [{ stepId: 'create/VPC/a', outcome: { type: 'retry', at: '', try: 1, reason: 'TooManyRequests', message: '' } }]);
    expect(dryRunState(retried)).toBe('running');
    const twice = foldDryRun(after(refused), [{ stepId: 'create/VPC/a', outcome: done }, { stepId: 'other', outcome: done }, { stepId: 'create/VPCPeering/p', outcome: done }]);
    expect(twice).toEqual(after(refused));
  });

  it('of nothing that can be asked passes', () => {
    expect(dryRunState(beginDryRun([]))).toBe('passed');
  });
});
