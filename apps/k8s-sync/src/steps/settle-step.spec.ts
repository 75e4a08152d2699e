import type { Step } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import type { LiveObject } from '../api/kube-answer.ts';
import { settleStep } from './settle-step.ts';

const SENT = new Date('2026-11-21T10:00:00Z');
const AFTER = '2026-11-21T10:00:01Z';
const LONG_BEFORE = '2026-11-20T10:00:00Z';

function stepOf(action: Step['action'], extra: Partial<Step> = {}): Step {
  return {
    stepId: 's', attempt: 1, action, target: { group: 'g', version: 'v1', plural: 'widgets', kind: 'Widget', namespace: 'default', name: 'a' },
    body: { apiVersion: 'g/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size: 5, tags: ['x'] } }, preconditions: {}, force: false, dependsOn: [], ...extra,
  };
}

function liveOf(metadata: Partial<LiveObject['metadata']> = {}, spec: object = { size: 5, tags: ['x'], color: 'red' }): LiveObject {
  return {
    apiVersion: 'g/v1', kind: 'Widget', spec,
    metadata: { name: 'a', uid: 'u1', resourceVersion: '8', creationTimestamp: AFTER, managedFields: [{ manager: 'heddle', operation: 'Apply', time: AFTER, fieldsV1: {} }], ...metadata },
  };
}
const foreign = [{ manager: 'kubectl', operation: 'Update', time: AFTER, fieldsV1: {} }];
const planned = { preconditions: { uid: 'u1', resourceVersion: '7' } };

describe('settleStep', () => {
  const table: [string, Step, LiveObject | null, string][] = [
    ['a create that did not land is sent again', stepOf('create'), null, 'resend'],
    ['a create that landed is done', stepOf('create'), liveOf(), 'settled'],
    ['a create whose content admission rewrote is confirmed', stepOf('create'), liveOf({}, { size: 6 }), 'confirm'],
    ["somebody else's object is left to the precondition", stepOf('create'), liveOf({ managedFields: foreign }), 'resend'],
    ['an older object of ours is left to the precondition', stepOf('create'), liveOf({ creationTimestamp: LONG_BEFORE }), 'resend'],
    ['an apply on the planned version is sent again', stepOf('apply', planned), liveOf({ resourceVersion: '7' }), 'resend'],
    ['an apply that landed is done', stepOf('apply', planned), liveOf(), 'settled'],
    ['an apply is not taken for landed by an older entry', stepOf('apply', planned), liveOf({ managedFields: [{ manager: 'heddle', operation: 'Apply', time: LONG_BEFORE, fieldsV1: {} }] }), 'resend'],
    ['a rewritten apply is confirmed', stepOf('apply', planned), liveOf({}, { size: 6 }), 'confirm'],
    ['a forced apply is never confirmed over other content', stepOf('apply', { ...planned, force: true }), liveOf({}, { size: 6 }), 'resend'],
    ['an apply on another object is left to the precondition', stepOf('apply', planned), liveOf({ uid: 'u2' }), 'resend'],
    ['an apply without a planned version is sent again', stepOf('apply'), liveOf(), 'resend'],
    ['a delete that landed is done', stepOf('delete', planned), null, 'settled'],
    ['a delete of what was made anew is done', stepOf('delete', planned), liveOf({ uid: 'u2' }), 'settled'],
    ['a delete under way is waited for', stepOf('delete', planned), liveOf({ deletionTimestamp: AFTER, finalizers: ['x/y'] }), 'settled'],
    ['a delete that did not land is sent again', stepOf('delete', planned), liveOf(), 'resend'],
    ['ownership that moved is done', stepOf('take_ownership', { ...planned, fromManagers: ['kubectl'] }), liveOf(), 'settled'],
    ['ownership that did not move is sent again', stepOf('take_ownership', { ...planned, fromManagers: ['kubectl'] }), liveOf({ managedFields: foreign }), 'resend'],
  ];

  it.each(table)('%s', (_name, step, live, expected) => {
    expect(settleStep(step, live, SENT).type).toBe(expected);
  });

  it('tells the live object of what landed', () => {
    expect(settleStep(stepOf('create'), liveOf(), SENT)).toMatchObject({ outcome: { type: 'done', changed: true, live: { spec: { color: 'red' } } } });
    expect(settleStep(stepOf('delete', planned), liveOf({ deletionTimestamp: AFTER, finalizers: ['x/y'] }), SENT)).toMatchObject({ outcome: { type: 'waiting', on: 'finalizers x/y' } });
  });
});
