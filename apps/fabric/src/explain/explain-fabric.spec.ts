import { describe, expect, it } from 'vitest';
import type { Condition } from '@heddle/contracts';
import { explainFabric, type FabricWideFacts } from './explain-fabric.ts';

const now = new Date('2026-01-10T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const since = ago(100).toISOString();

type Given = Omit<Partial<FabricWideFacts>, 'fabric' | 'conditions'> & { fabric?: Partial<FabricWideFacts['fabric']>; conditions?: Record<string, Partial<Condition>> };

/** A fabric of which everything is on its switches, but for what is given. */
function facts({ fabric, conditions = {}, ...rest }: Given = {}): FabricWideFacts {
  return {
    now, unseenKinds: [], unreadable: 0, operations: [], agents: [], objects: [], withheld: [], error: null, trust: { stored: true, told: true, reason: 'WatchStale', message: 'stale', since: null },
    conditions: ['Valid', 'Synced', 'Converged'].map((type) => ({ type, status: 'True' as const, reason: 'Fine', message: 'Fine.', since, ...conditions[type] })),
    fabric: {
      id: '00000000-0000-4000-8000-000000000001', name: 'lab', state: 'active', automaticSync: true, prune: true, directoryNote: null, directory: '', branch: 'main', pruneHeld: null, planDueAt: null,
      source: { state: 'ready', reason: 'Read', message: 'Read.', since }, syncState: 'in_sync', syncReason: 'Done', syncMessage: 'Done.', syncSince: ago(300), syncRetry: null,
      connection: { state: 'connected', reason: 'Connected', message: 'Connected.', since, breaker: { state: 'closed', nextTryAt: null, lastError: null } },
      revision: { commit: 'abcdef', subject: 's', author: 'a', email: 'e', committedAt: since, observedAt: since }, ...fabric,
    },
    ...rest,
  };
}

const open = { id: '00000000-0000-4000-8000-000000000002', number: 9, state: 'in_progress', deadline: since };

describe('explainFabric', () => {
  it('says that all is on the switches', () => {
    expect(explainFabric(facts())).toMatchObject({ converged: true, blocker: null, summary: 'The fabric lab is on its switches as Git has it.' });
  });

  it.each<[string, Given, object, RegExp]>([
    ['Git is away', { fabric: { source: { state: 'failing', reason: 'Unreachable', message: 'No route.', since } } }, { level: 'git', reason: 'Unreachable' }, /Git can't be read: No route/],
    ['a document is wrong', { conditions: { Valid: { status: 'False', reason: 'Findings', message: '1 error(s).' } }, error: { message: 'Not YAML.', remedy: 'Close the bracket.', rule: 'yaml-syntax', where: 'a.yaml:4' } }, { level: 'valid', remedy: 'Close the bracket.' }, /a\.yaml:4: Not YAML\. \[yaml-syntax\]/],
    ['something is kept back', { withheld: [{ reason: 'PruneOff', message: 'VPC a is no longer in Git; prune is off.', count: 3 }, { reason: 'Drifted', message: 'x', count: 1 }] }, { level: 'planned', reason: 'PruneOff' }, /4 object\(s\) are kept back: 3 PruneOff, 1 Drifted/],
    ['maintenance', { fabric: { state: 'maintenance' } }, { level: 'planned', reason: 'Maintenance' }, /maintenance/],
    ['an operation waits', { operations: [{ ...open, wait: { reason: 'ApprovalNeeded', for: 'an approval', since, until: null, try: 1, owner: 'a person', remedy: 'Approve it.' } }] }, { level: 'applied', reason: 'ApprovalNeeded', remedy: 'Approve it.' }, /Waits for an approval/],
    ['the cluster is away', { fabric: { connection: { state: 'failed', reason: 'TimedOut', message: 'No answer.', since, breaker: { state: 'open', nextTryAt: since, lastError: 'x' } } }, conditions: { Converged: { status: 'Unknown', reason: 'ClusterUnreachable' } } }, { level: 'applied', reason: 'ClusterUnreachable' }, /does not answer \(TimedOut\): No answer\. Next try at/],
    ['a sync failed and is tried again', { fabric: { syncState: 'error', syncReason: 'Refused', syncMessage: 'no', planDueAt: ago(-9), syncRetry: { try: 4, mayPass: true, remedy: 'Change it.' } } }, { level: 'applied', state: 'waiting', reason: 'Refused', remedy: 'Change it.' }, /the last one failed: no \(try 4/],
    ['a sync failed for good', { fabric: { syncState: 'error', syncReason: 'Invalid', syncMessage: 'no', syncRetry: { try: 2, mayPass: false, remedy: 'Correct it.' } }, conditions: { Synced: { status: 'False', reason: 'Invalid', message: 'no', remedy: 'Correct it.' } } }, { level: 'applied', state: 'blocked', remedy: 'Correct it.' }, /no/],
    ['a switch is silent', { conditions: { Converged: { status: 'Unknown', reason: 'SwitchesSilent', message: 'Of 2 object(s) the switches say nothing.' } }, agents: [{ name: 'leaf-1', state: 'silent', message: 'leaf-1: no heartbeat ever', generation: 1, appliedGeneration: 1, heartbeatAt: null }] }, { level: 'switches', state: 'unknown', reason: 'SwitchesSilent' }, /leaf-1: no heartbeat ever/],
  ])('names the cause: %s', (_what, given, blocker, summary) => {
    const explained = explainFabric(facts(given));
    expect(explained.converged).toBe(false);
    expect(explained.blocker).toMatchObject(blocker);
    expect(explained.summary).toMatch(summary);
  });
});
