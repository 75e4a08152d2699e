import type { FieldManager } from '@heddle/contracts';
import type { NormalisedObject } from '@heddle/hedgehog';
import { describe, expect, it } from 'vitest';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import { healDelayMs } from './heal-delay.ts';
import { driftFields, fieldsHash, judgeDrift, resolutionOf, severityOf } from './judge-drift.ts';
import { foreignManagers, isManaged, isOwnedBy, isOwnedByOthers, writerOfField, toolManagers } from './manager-of-field.ts';

const facts = (given: Partial<ResourceFacts>): ResourceFacts => ({ kind: 'VPC', name: 'a', desiredHash: 'd', liveHash: 'd', baseHash: 'd', inFlight: null, deletingSince: null, drift: null, ...given }) as ResourceFacts;

describe('judgeDrift', () => {
  it.each([
    ['equal', {}, 'none'],
    ['changed by others', { liveHash: 'x' }, 'changed'],
    ['deleted by others', { liveHash: null }, 'deleted'],
    ['being deleted by others', { deletingSince: new Date() }, 'deleted'],
    ['not applied yet', { baseHash: null, liveHash: 'x' }, 'none'],
    ['behind a new revision', { desiredHash: 'n' }, 'none'],
    ['changed by others behind a new revision', { desiredHash: 'n', liveHash: 'x' }, 'changed'],
    ['changed to what Git asks now', { desiredHash: 'n', liveHash: 'n' }, 'none'],
    ['written by an operation', { liveHash: 'x', inFlight: 'o' }, 'undecided'],
    ['not asked for', { desiredHash: null, liveHash: 'x' }, 'none'],
  ])('judges an object that is %s', (_what, given, verdict) => expect(judgeDrift(facts(given))).toBe(verdict));
});

describe('resolutionOf', () => {
  const drift = { id: 'i', type: 'changed' as const, liveHash: 'x', operationId: null, desiredHash: 'd', conflict: false, conflicts: [] };
  it('tells a revert, a return and a change of Git apart', () => {
    expect(resolutionOf(facts({ drift: { ...drift, state: 'reverting' } }))).toBe('reverted');
    expect(resolutionOf(facts({ drift: { ...drift, state: 'open' } }))).toBe('converged');
    expect(resolutionOf(facts({ desiredHash: 'x', liveHash: 'x', drift: { ...drift, state: 'open' } }))).toBe('superseded');
    expect(resolutionOf(facts({ desiredHash: null, drift: { ...drift, state: 'open' } }))).toBe('superseded');
    expect(resolutionOf(facts({ liveFullHash: 'whole', drift: { ...drift, state: 'open' } }))).toBe('ignored');
  });
});

const vpc = (vlan: number, labels?: Record<string, string>): NormalisedObject => ({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'a', namespace: 'default', ...(labels && { labels }) }, spec: { subnets: { default: { vlan } } } });
const entry = (manager: string, fields: Record<string, unknown>, time = '2026-01-01T00:00:00Z', operation: 'Apply' | 'Update' = 'Update'): FieldManager => ({ manager, operation, time, fields });
const VLAN = { 'f:spec': { 'f:subnets': { 'f:default': { 'f:vlan': {} } } } };

describe('driftFields', () => {
  it('leaves out what only Git changed', () => {
    expect(driftFields(vpc(2), vpc(1, { a: 'b' }), vpc(1), [])).toEqual([{ path: 'metadata.labels.a', live: 'b', manager: null }]);
  });

  it('names the manager that wrote the field last', () => {
    const managers = [entry('heddle', VLAN, '2026-01-03T00:00:00Z', 'Apply'), entry('old', VLAN), entry('kubectl-edit', VLAN, '2026-01-02T00:00:00Z')];
    expect(driftFields(vpc(1), vpc(3), vpc(1), managers)).toEqual([{ path: 'spec.subnets.default.vlan', desired: 1, live: 3, manager: 'kubectl-edit', operation: 'Update', time: '2026-01-02T00:00:00Z' }]);
  });

  it('tells a conflict with what both sides began from', () => {
    expect(driftFields(vpc(2), vpc(3), vpc(1), [])).toEqual([{ path: 'spec.subnets.default.vlan', desired: 2, live: 3, base: 1, conflict: true, manager: null }]);
    expect(driftFields(vpc(2), vpc(2, { a: 'b' }), vpc(1), [])).toEqual([{ path: 'metadata.labels.a', live: 'b', manager: null }]);
    expect(driftFields(vpc(2), undefined, vpc(1), [])).toMatchObject([{ path: '', conflict: true }]);
  });

  it('is known again by what differs, not by who wrote it when', () => {
    const [field] = driftFields(vpc(1), vpc(3), vpc(1), []);
    const same = fieldsHash('changed', [{ ...field!, manager: 'x', time: 't' }]);
    expect(fieldsHash('changed', [field!])).toBe(same);
    expect(new Set([same, fieldsHash('deleted', [field!]), fieldsHash('changed', driftFields(vpc(1), vpc(4), vpc(1), [])), fieldsHash('changed', driftFields(vpc(2), vpc(3), vpc(1), []))]).size).toBe(4);
  });
});

describe('managers', () => {
  it('knows who owns a field, alone or within what is owned as one', () => {
    const list = entry('ipam', { 'f:spec': { 'f:links': {} } });
    expect([isOwnedBy('spec.links[a=1].mtu', [list], ['ipam']), isOwnedBy('spec.other', [list], ['ipam']), isOwnedBy('spec.links', [list], ['x'])]).toEqual([true, false, false]);
    expect([isOwnedByOthers('spec.subnets.default.vlan', [entry('heddle', VLAN, '', 'Apply')]), isOwnedByOthers('spec.subnets.default.vlan', [entry('heddle', VLAN, '', 'Apply'), entry('x', VLAN)])]).toEqual([false, true]);
    expect(isOwnedBy('spec.subnets.default', [entry('x', VLAN)], ['x'])).toBe(true);
  });

  it('reads keys in brackets as keys', () => {
    expect(writerOfField('spec.portSpeeds[E1/1]', [entry('x', { 'f:spec': { 'f:portSpeeds': { 'f:E1/1': {} } } })]).manager).toBe('x');
  });

  it('says nothing where managedFields say nothing', () => {
    expect(writerOfField('spec.a', [entry('x', { 'f:status': {} })]).manager).toBeNull();
  });

  it('counts only appliers as owners in the inventory', () => {
    expect(isManaged([entry('heddle', {}, '', 'Apply')])).toBe(true);
    expect(isManaged([entry('heddle', {}, '', 'Update'), { ...entry('heddle', {}, '', 'Apply'), subresource: 'status' }])).toBe(false);
  });

  it('takes over from tools, not from controllers', () => {
    const managers = [entry('kubectl-client-side-apply', VLAN), entry('hhfab', VLAN), entry('fabric', VLAN), entry('node-operator', VLAN), entry('kubectl', { 'f:status': {} })];
    expect(foreignManagers(managers)).toEqual(['fabric', 'hhfab', 'kubectl-client-side-apply', 'node-operator']);
    expect(toolManagers(managers)).toEqual(['hhfab', 'kubectl-client-side-apply']);
  });
});

it('ranks deletions and conflicts over wiring over networks over labels', () => {
  const field = { path: 'spec.a', manager: null };
  expect([severityOf('VPC', 'deleted', []), severityOf('VPC', 'changed', [{ ...field, conflict: true }]), severityOf('Switch', 'changed', [field]), severityOf('VPC', 'changed', [field]), severityOf('Switch', 'changed', [{ ...field, path: 'metadata.labels.a' }])]).toEqual(['critical', 'critical', 'high', 'medium', 'low']);
});

it('heals at once, then ever slower', () => {
  expect([0, 1, 2, 3, 50].map(healDelayMs)).toEqual([0, 5_000, 10_000, 20_000, 600_000]);
});
