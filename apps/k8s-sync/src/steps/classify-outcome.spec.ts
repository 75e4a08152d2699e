import { describe, expect, it } from 'vitest';
import type { Step } from '@heddle/contracts';
import type { KubeAnswer } from '../api/kube-answer.ts';
import { Unreachable } from '../api/unreachable.ts';
import { classifyAnswer, classifyUnreachable, givenUp } from './classify-outcome.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const target = { group: 'demo.heddle.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespace: 'default', name: 'a' };
const step = (action: Step['action']) => ({ action, target });

function refusal(code: number, message: string, extra: object = {}): KubeAnswer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...extra }, retryAfterSeconds: null };
}
const causes = (...list: object[]) => ({ details: { name: 'a', kind: 'widgets', causes: list } });
const live = (metadata: object = {}) => ({ apiVersion: 'demo.heddle.test/v1', kind: 'Widget', metadata: { name: 'a', uid: 'u1', resourceVersion: '7', ...metadata }, spec: {} });

describe('classifyAnswer', () => {
  const table: [string, Step['action'], KubeAnswer, object][] = [
    ['a created object is done', 'create', { status: 201, body: live(), retryAfterSeconds: null }, { type: 'done', changed: true }],
    ['a new version is a change', 'apply', { status: 200, body: live({ resourceVersion: '8' }), retryAfterSeconds: null }, { type: 'done', changed: true }],
    ['the same version is no change', 'apply', { status: 200, body: live(), retryAfterSeconds: null }, { type: 'done', changed: false }],
    ['a delete answered by a Status is done', 'delete', { status: 200, body: { kind: 'Status', status: 'Success', metadata: {} }, retryAfterSeconds: null }, { type: 'done', changed: true, live: null }],
    ['a deleted object with finalizers waits for them', 'delete', { status: 200, body: live({ finalizers: ['x/hold'], deletionTimestamp: '2026-11-21T09:59:00Z' }), retryAfterSeconds: null },
      { type: 'waiting', on: 'finalizers x/hold', since: '2026-11-21T09:59:00.000Z' }],
    ['a deleted object without finalizers is gone', 'delete', { status: 200, body: live({ deletionTimestamp: '2026-11-21T09:59:00Z' }), retryAfterSeconds: null }, { type: 'done', live: null }],
    ['a delete of what is not there is done', 'delete', refusal(404, 'widgets "a" not found', { reason: 'NotFound', details: { name: 'a', kind: 'widgets' } }), { type: 'done', changed: false }],
    ['a write to what is not there stalls', 'take_ownership', refusal(404, 'widgets "a" not found', { reason: 'NotFound', details: { name: 'a', kind: 'widgets' } }), { type: 'stalled', reason: 'NotFound' }],
    ['a missing namespace stalls', 'create', refusal(404, 'namespaces "default" not found', { reason: 'NotFound', details: { name: 'default', kind: 'namespaces' } }), { type: 'stalled', reason: 'NamespaceMissing' }],
    ['a delete in a missing namespace says so', 'delete', refusal(404, 'namespaces "default" not found', { details: { kind: 'namespaces' } }), { type: 'stalled', reason: 'NamespaceMissing' }],
    ['an unknown path is a missing kind, tried a few times', 'apply', { status: 404, body: '404 page not found\n', retryAfterSeconds: null }, { type: 'again', reason: 'KindMissing', maxTries: 4, uncertain: false }],
    ['a field conflict names field and manager', 'apply',
      refusal(409, 'Apply failed', { reason: 'Conflict', ...causes({ reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using v1', field: '.spec.size' }) }),
      { type: 'stalled', reason: 'FieldConflict', causes: [{ field: 'spec.size', message: 'conflict with "kubectl" using v1', manager: 'kubectl' }] }],
    ['a stale version stalls', 'apply', refusal(409, 'the object has been modified', { reason: 'Conflict' }), { type: 'stalled', reason: 'StaleResourceVersion' }],
    ['a delete of another uid stalls', 'delete', refusal(409, 'the UID in the precondition (x) does not match', { reason: 'Conflict' }), { type: 'stalled', reason: 'StaleResourceVersion' }],
    ['an object that exists stalls', 'create', refusal(409, 'already exists', { reason: 'AlreadyExists' }), { type: 'stalled', reason: 'AlreadyExists' }],
    ['a create-only apply of an existing object stalls as such', 'create',
      refusal(422, 'invalid', { reason: 'Invalid', ...causes({ reason: 'FieldValueInvalid', message: 'Invalid value: 0x0: must be specified for an update', field: 'metadata.resourceVersion' }) }), { type: 'stalled', reason: 'AlreadyExists' }],
    ['another uid on apply stalls', 'apply', refusal(422, 'invalid', { reason: 'Invalid', ...causes({ message: 'field is immutable', field: 'metadata.uid' }) }), { type: 'stalled', reason: 'StaleResourceVersion' }],
    ['an invalid object keeps its causes, without the empty one', 'apply',
      refusal(422, 'invalid', { reason: 'Invalid', ...causes({ message: 'Required value', field: 'spec.title' }, { message: 'some validation rules were not checked', field: '<nil>' }) }),
      { type: 'stalled', reason: 'Invalid', causes: [{ field: 'spec.title', message: 'Required value' }] }],
    ['an unknown field in an apply stalls although it is a 500', 'apply', refusal(500, 'failed to create typed patch object (/a; demo/v1, Kind=Widget): .spec.bogus: field not declared in schema'), { type: 'stalled', reason: 'Invalid' }],
    ['a webhook that refuses with 403 stalls', 'apply', refusal(403, 'admission webhook "v.hooks.test" denied the request: no'), { type: 'stalled', reason: 'Refused', message: 'admission webhook "v.hooks.test" denied the request: no' }],
    ['a webhook that refuses without a status stalls', 'apply', refusal(400, 'admission webhook "v.hooks.test" denied the request without explanation'), { type: 'stalled', reason: 'Refused' }],
    ['a webhook that refuses with 422 stalls', 'apply', refusal(422, 'admission webhook "v.hooks.test" denied the request: bad', { reason: 'Invalid', ...causes({ message: 'no', field: 'spec.title' }) }), { type: 'stalled', reason: 'Refused', causes: [{ field: 'spec.title', message: 'no' }] }],
    ['a terminating namespace refuses', 'create', refusal(403, 'widgets "a" is forbidden: unable to create new content in namespace default because it is being terminated', { reason: 'Forbidden' }), { type: 'stalled', reason: 'Refused' }],
    ['a missing right names what to grant', 'apply', refusal(403, 'widgets.demo.heddle.test "a" is forbidden: User "fabric-a" cannot patch resource "widgets" in API group "demo.heddle.test" in the namespace "default"', { reason: 'Forbidden' }),
      { type: 'stalled', reason: 'Forbidden', remedy: 'Grant the verb patch on widgets (API group "demo.heddle.test") in namespace default to fabric-a.' }],
    ['an unknown token is tried again', 'apply', refusal(401, 'Unauthorized', { reason: 'Unauthorized' }), { type: 'again', reason: 'Unauthorized', uncertain: false }],
    ['an overloaded server is tried again when it says', 'apply', { ...refusal(429, 'slow down'), retryAfterSeconds: 3 }, { type: 'again', reason: 'TooManyRequests', afterSeconds: 3, uncertain: false }],
    ['a server error is tried again after a look', 'apply', refusal(503, 'etcd is away'), { type: 'again', reason: 'ServerError', uncertain: true }],
    ['a webhook that is down is tried again', 'apply', refusal(500, 'Internal error occurred: failed calling webhook "x": connection refused', { reason: 'InternalError' }), { type: 'again', reason: 'WebhookUnavailable' }],
    ['a malformed request stalls', 'apply', refusal(400, 'the name of the object does not match', { reason: 'BadRequest' }), { type: 'stalled', reason: 'Invalid' }],
    ['a body that is too large stalls', 'apply', refusal(413, 'limit is 3145728'), { type: 'stalled', reason: 'Invalid' }],
  ];

  it.each(table)('%s', (_name, action, answer, expected) => {
    expect(classifyAnswer(step(action), answer, '7', NOW)).toMatchObject(expected);
  });

  it('gives every refusal a remedy and no stall without a message', () => {
    for (const [, action, answer] of table) {
      const verdict = classifyAnswer(step(action), answer, '7', NOW);
      if (verdict.type === 'stalled') expect([verdict.message, verdict.remedy].every((text) => text.length > 5)).toBe(true);
    }
  });
});

describe('classifyUnreachable', () => {
  it.each([['ConnectionRefused', false], ['NameNotResolved', false], ['TlsUntrusted', false], ['TimedOut', true], ['ConnectionLost', true]] as const)(
    'a write that met %s may have landed: %s', (reason, uncertain) => {
      expect(classifyUnreachable(new Unreachable(reason, 'x'))).toMatchObject({ type: 'again', reason, uncertain });
    });
});

describe('givenUp', () => {
  it('names the cluster, unless the cause asks for something else', () => {
    expect(givenUp({ reason: 'TimedOut', message: 'no answer' }, 3)).toMatchObject({ type: 'stalled', reason: 'ClusterUnreachable', message: 'no answer (given up after 3 tries)' });
    expect(givenUp({ reason: 'Unauthorized', message: 'Unauthorized' }, 1)).toMatchObject({ reason: 'Unauthorized' });
    expect(givenUp({ reason: 'KindMissing', message: 'no kind' }, 4)).toMatchObject({ reason: 'KindMissing' });
  });
});
