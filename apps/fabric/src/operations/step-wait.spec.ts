import { describe, expect, it } from 'vitest';
import type { Wait } from '@heddle/contracts';
import { operationOwner, operationWait } from './operation-wait.ts';
import { firstWait, stepWaits, type WaitFacts } from './step-wait.ts';
import type { StepRow } from './step-store.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const date = (second: number): Date => new Date(at(second));
const wait = (given: Partial<Wait> = {}): Wait => ({ reason: 'X', for: 'x', since: at(1), until: null, try: 1, owner: null, remedy: null, ...given });
const step = (given: Partial<StepRow> = {}): StepRow => ({
  stepId: 'create/VPC/a', action: 'create', kind: 'VPC', name: 'a', desiredHash: 'h', attempt: 1, state: 'sent', reason: '', message: '', remedy: null, at: null, changed: null, uid: null,
  dependsOn: [], sentAt: date(1), wait: null, ...given,
});
const connection: WaitFacts['connection'] = { state: 'connected', reason: 'Connected', message: '', since: at(0), breaker: { state: 'closed', nextTryAt: null, lastError: null } };
const failed: WaitFacts['connection'] = { ...connection, state: 'failed', reason: 'TimedOut', message: 'No answer within 10 s.', since: at(4), breaker: { state: 'open', nextTryAt: at(30), lastError: 'x' } };
const facts = (given: Partial<WaitFacts> = {}): WaitFacts => ({ deadline: date(900), connection, workerSilentSince: null, onSwitches: new Map(), ...given });
const waitOf = (one: StepRow, given: Partial<WaitFacts> = {}, ...others: StepRow[]) => stepWaits([one, ...others], facts(given)).get(one.stepId);

describe('the wait of a step', () => {
  it('that no gate lets go is the hold of the gate', () => {
    expect(waitOf(step({ state: 'planned', wait: wait({ reason: 'ApprovalNeeded' }) }))).toMatchObject({ reason: 'ApprovalNeeded' });
  });

  it('behind another names the step, and when that is tried again', () => {
    const before = step({ stepId: 'b', action: 'create', kind: 'VLANNamespace', name: 'v', state: 'retry', wait: wait({ until: at(9), remedy: 'Look.' }) });
    expect(waitOf(step({ dependsOn: ['b'] }), {}, before)).toEqual({ reason: 'Dependency', for: 'step create VLANNamespace v, which waits for x', since: at(1), until: at(9), try: 1, owner: 'step b', remedy: 'Look.' });
    const between = step({ stepId: 'm', kind: 'VPC', name: 'm', dependsOn: ['b'] });
    expect(waitOf(step({ dependsOn: ['m'] }), {}, between, before)).toMatchObject({ for: 'step create VPC m, which waits for x', until: at(9) });
    expect(waitOf(step({ dependsOn: ['b'] }), {}, step({ stepId: 'b', state: 'done' }))).toMatchObject({ reason: 'InHand' });
  });

  it('for a cluster that does not answer has its next try', () => {
    expect(waitOf(step(), { connection: failed })).toMatchObject({ reason: 'ClusterUnreachable', for: expect.stringContaining('No answer within 10 s.'), since: at(4), until: at(30), owner: 'the API server' });
  });

  it('says that nobody carries it out', () => {
    expect(waitOf(step(), { connection: failed, workerSilentSince: date(2) })).toMatchObject({ reason: 'WorkerSilent', since: at(2), owner: 'k8s-sync' });
  });

  it('of one that is tried again is what was told, or the cluster that is away by now', () => {
    const retried = step({ state: 'retry', wait: wait({ reason: 'TooManyRequests', until: at(5), try: 4 }) });
    expect(waitOf(retried)).toMatchObject({ reason: 'TooManyRequests', until: at(5), try: 4 });
    expect(waitOf(retried, { connection: failed })).toMatchObject({ reason: 'ClusterUnreachable', since: at(1), until: at(30), try: 4 });
  });

  it('for finalizers ends at the deadline', () => {
    expect(waitOf(step({ state: 'waiting', wait: wait({ reason: 'Finalizers', for: 'finalizers x' }) }))).toMatchObject({ reason: 'Finalizers', for: 'finalizers x', until: at(900) });
  });

  it('of one that was told without its wait is made of what is known', () => {
    expect(waitOf(step({ state: 'retry', reason: 'ServerError', message: 'etcd', at: date(3) }))).toMatchObject({ reason: 'ServerError', for: 'etcd', since: at(3), until: at(900) });
  });

  it('for switches names them and what to do', () => {
    const onSwitches = new Map([['create/VPC/a', { reason: 'HeartbeatStale', message: 'No heartbeat for over a minute from: leaf-1', since: date(7), switches: ['leaf-1'] }]]);
    expect(waitOf(step({ state: 'done' }), { onSwitches })).toMatchObject({ reason: 'HeartbeatStale', for: expect.stringContaining('leaf-1'), since: at(7), owner: 'leaf-1', remedy: expect.stringContaining('agent') });
    expect(waitOf(step({ state: 'done' }))).toBeUndefined();
  });

  it.each(['stalled', 'not_started'] as const)('is none once it is %s', (state) => {
    expect(waitOf(step({ state }), { connection: failed })).toBeUndefined();
  });
});

describe('the wait of an operation', () => {
  const operation = { state: 'pending' as const, createdAt: date(1), deadline: date(900), number: 8 };

  it('names the operation before it', () => {
    expect(operationWait(operation, { number: 7, type: 'sync', state: 'in_progress', startedAt: date(0), deadline: date(600) }, [])).toEqual({
      reason: 'OperationBefore', for: `operation 7 (sync, in progress since ${at(0)})`, since: at(1), until: at(900), try: 1, owner: 'operation 7', remedy: expect.stringContaining(at(600)),
    });
    expect(operationWait(operation, null, [])).toMatchObject({ reason: 'Turn', owner: 'fabric' });
  });

  it('in progress is the gravest of its steps, then the oldest', () => {
    const list = [wait({ reason: 'InHand' }), wait({ reason: 'Dependency' }), wait({ reason: 'TooManyRequests', since: at(3) }), wait({ reason: 'Finalizers', since: at(2) })];
    expect(operationWait({ ...operation, state: 'in_progress' }, null, list)).toMatchObject({ reason: 'Finalizers' });
    expect(firstWait([...list, wait({ reason: 'ClusterUnreachable', since: at(9) })])).toMatchObject({ reason: 'ClusterUnreachable' });
    expect(firstWait(list.slice(0, 2))).toMatchObject({ reason: 'Dependency' });
  });

  it.each(['failed', 'cancelled', 'superseded'] as const)('is none once it is %s', (state) => {
    expect(operationWait({ ...operation, state }, null, [wait()])).toBeNull();
  });

  it('has an owner until it is over', () => {
    expect([operationOwner({ state: 'pending' }, 0), operationOwner({ state: 'in_progress' }, 0), operationOwner({ state: 'in_progress' }, 2), operationOwner({ state: 'completed' }, 0)]).toEqual(['fabric', 'k8s-sync', 'fabric, k8s-sync', null]);
  });
});
