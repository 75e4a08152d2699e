import { describe, expect, it } from 'vitest';
import { Conflict } from '@heddle/platform';
import { alertMachine } from './alert-machine.ts';
import { connectionMachine } from './connection-machine.ts';
import { driftMachine } from './drift-machine.ts';
import { fabricMachine } from './fabric-machine.ts';
import { operationMachine } from './operation-machine.ts';
import { resourceMachine } from './resource-machine.ts';
import type { StateMachine } from './state-machine.ts';
import { stepMachine } from './step-machine.ts';
import { syncMachine } from './sync-machine.ts';

/** Each table written out a second time, as rows of `from: what follows`, so that a slip in either one shows. */
const expected: [StateMachine<string>, string][] = [
  [fabricMachine as StateMachine<string>, `
    planned: active
    active: decommissioned maintenance
    maintenance: active decommissioned
    decommissioned:`],
  [connectionMachine as StateMachine<string>, `
    unknown: testing
    testing: connected failed
    connected: failed testing
    failed: testing`],
  [syncMachine as StateMachine<string>, `
    never_synced: syncing
    syncing: error in_sync
    in_sync: out_of_sync syncing
    out_of_sync: syncing
    error: syncing`],
  [operationMachine as StateMachine<string>, `
    pending: cancelled failed in_progress superseded
    in_progress: cancelled completed failed superseded
    completed:
    failed:
    cancelled:
    superseded:`],
  [alertMachine as StateMachine<string>, `
    active: acknowledged resolved suppressed
    reopened: acknowledged resolved suppressed
    acknowledged: resolved suppressed
    suppressed: acknowledged active resolved
    resolved: reopened`],
  [driftMachine as StateMachine<string>, `
    open: resolved reverting snoozed
    reverting: open resolved
    snoozed: open resolved reverting snoozed
    resolved:`],
  [stepMachine as StateMachine<string>, `
    planned: not_started sent
    sent: done not_started retry stalled waiting
    waiting: done not_started retry stalled waiting
    retry: done not_started retry stalled waiting
    done:
    stalled:
    not_started:`],
  [resourceMachine as StateMachine<string>, `
    draft: committed orphaned superseded
    superseded: committed draft orphaned
    committed: deleted deleting orphaned pending
    pending: applied committed deleted deleting failed orphaned
    applied: committed deleted deleting drifted orphaned pending synced
    synced: applied committed deleted deleting drifted orphaned pending
    failed: committed deleted deleting orphaned pending
    drifted: applied committed deleted deleting orphaned pending synced
    deleting: committed deleted failed orphaned
    deleted: committed draft orphaned
    orphaned: committed deleted deleting draft`],
];

describe.each(expected)('state machine $subject', (machine, rows) => {
  const table = new Map(rows.trim().split('\n').map((row) => {
    const [from, to] = row.split(':');
    return [from!.trim(), new Set(to!.trim().split(' ').filter(Boolean))] as const;
  }));
  const pairs = machine.states.flatMap((from) => machine.states.map((to) => [from, to] as const));

  it('has exactly the states of the table', () => {
    expect(new Set(machine.states)).toEqual(new Set(table.keys()));
  });

  it.each(pairs)('decides on %s to %s', (from, to) => {
    expect(machine.allows(from, to)).toBe(table.get(from)?.has(to));
    const attempt = () => machine.assertAllowed('x', from, to);
    if (machine.allows(from, to)) return expect(attempt).not.toThrow();
    expect(attempt).toThrow(Conflict);
    for (const allowed of machine.next[from]!) expect(attempt).toThrow(expect.objectContaining({ remedy: expect.stringContaining(allowed) }));
  });

  it.each(pairs)('routes from %s to %s by allowed transitions only', (from, to) => {
    const route = machine.route(from, to) ?? [];
    [from, ...route].reduce((a, b) => {
      expect(machine.allows(a, b)).toBe(true);
      return b;
    });
    if (from !== to && route.length > 0) expect(route.at(-1)).toBe(to);
  });
});

describe('what the earlier tool forbade', () => {
  it.each([['draft', 'synced'], ['draft', 'drifted'], ['committed', 'synced'], ['committed', 'drifted'],
    ['pending', 'draft'], ['pending', 'drifted'], ['orphaned', 'synced'], ['orphaned', 'pending']] as const)(
    'keeps a resource from going %s to %s', (from, to) => expect(resourceMachine.allows(from, to)).toBe(false));

  it('reaches orphaned from every other state but drafts of nothing', () => {
    for (const state of resourceMachine.states) if (state !== 'orphaned') expect(resourceMachine.allows(state, 'orphaned')).toBe(true);
  });

  it('passes through syncing from an error to in sync', () => {
    expect(syncMachine.route('error', 'in_sync')).toEqual(['syncing', 'in_sync']);
    expect(syncMachine.route('out_of_sync', 'in_sync')).toEqual(['syncing', 'in_sync']);
  });

  it('brings an orphan to synced by way of Git', () => {
    expect(resourceMachine.route('orphaned', 'synced')).toEqual(['committed', 'pending', 'applied', 'synced']);
  });
});
