import type { AlertState } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { alertMachine } from '../state/alert-machine.ts';
import type { AgentFactsRow, AlertFacts, FabricFacts } from './alert-facts.ts';
import { type AlertBefore, CLEAR_MS, moveAlerts, REOPEN_MS } from './move-alerts.ts';
import { correlate, type Correlated, type Signal } from './signal.ts';
import { signalsOf } from './signals-of.ts';

const SINCE = '2026-01-01T12:00:00.000Z';
const live = (kind: string) => ({ kind, state: 'live', reason: 'Watching', message: '', snapshotAt: new Date(SINCE) });

function fabric(number: number, more: { connection?: 'connected' | 'failed'; source?: string; gitServer?: string; watch?: string; expires?: string } = {}): FabricFacts {
  const { connection = 'connected', source, gitServer, watch, expires } = more;
  return {
    id: `f-${number}`, name: `fabric-${number}`, server: `https://api-${number}`, repositoryId: `r-${number}`, repository: 'network',
    connection: { state: connection, reason: 'x', message: 'x', since: SINCE, breaker: { state: 'closed', nextTryAt: null, lastError: null }, ...(expires && { credentialsExpireAt: expires }) },
    source: { state: source ? 'failing' : 'ready', reason: source ?? 'Ready', message: 'm', since: SINCE, ...(gitServer && { server: gitServer }) },
    freshness: { connected: connection === 'connected', reason: '', message: '', live: new Set(), watches: [watch ? { ...live('VPC'), state: 'stale', reason: watch } : live('VPC'), live('Agent')] },
  };
}

const none: AlertFacts = { at: new Date(SINCE), fabrics: [], agents: [], overdue: [], drifts: [], errors: [], live: [], conflicts: [], failed: [], stuck: [], approvals: [] };
const problem = (name: string, rule: string, peer: string | null = null): AgentFactsRow => ({ fabricId: 'f-1', agent: `Agent/${name}`, rule, severity: 'error', message: rule, remedy: 'r', touches: [{ kind: 'Switch', name }], peer });
const objects = Array.from({ length: 500 }, (_, index) => ({ kind: 'VPC', name: `vpc-${index}` }));
const overdue = (waiting: string) => ({ fabricId: 'f-1', waiting, count: 500, objects: objects.slice(0, 20) });
const told = (facts: Partial<AlertFacts>) => correlate(signalsOf({ ...none, ...facts }));
const roots = (all: readonly Correlated[]) => all.filter(({ cause }) => cause === null).map(({ signal }) => signal.key);

describe('one alert for one cause', () => {
  it('is told of a dead API server, whatever follows from it', () => {
    const all = told({
      fabrics: [fabric(1, { connection: 'failed', watch: 'WatcherSilent' })], agents: [problem('leaf-1', 'agent-heartbeat-lost'), problem('leaf-2', 'port-down', 'leaf-1')],
      overdue: [overdue('leaf-1'), overdue('leaf-2')], failed: [{ fabricId: 'f-1', number: 3, reason: 'x', message: 'x' }], drifts: [{ fabricId: 'f-1', severe: true, count: 3, objects: [] }],
    });
    expect(roots(all)).toEqual(['cluster:https://api-1']);
    expect(all).toHaveLength(8);
    expect(new Set(all.flatMap(({ cause }) => cause ?? []))).toEqual(new Set(['cluster:https://api-1']));
  });

  it.each([
    ['2026-01-16T12:00:00.000Z', undefined], ['2026-01-15T11:59:00.000Z', 'warning'], ['2026-01-03T11:59:00.000Z', 'critical'], ['2026-01-01T11:00:00.000Z', 'critical'],
  ])('is told of credentials that end at %s', (expires, severity) => {
    expect(told({ fabrics: [fabric(1, { expires })] }).map(({ signal }) => signal.severity)).toEqual(severity === undefined ? [] : [severity]);
    expect(roots(told({ fabrics: [fabric(1, { expires, connection: 'failed' })] }))).toEqual(['cluster:https://api-1']);
  });

  it('is told of a dead Git server, over the fabrics that use it', () => {
    const failing = (number: number) => fabric(number, { source: 'HostUnreachable', gitServer: 'git.example.org' });
    const all = told({ fabrics: [failing(1), failing(2), failing(3), fabric(4), fabric(5, { source: 'BranchMissing', gitServer: 'git.example.org' })] });
    expect(all.map(({ signal }) => [signal.key, signal.fabrics.length])).toEqual([['git:git.example.org:HostUnreachable', 3], ['source:f-5', 1]]);
  });

  it('is told of a silent switch, not of each object and neighbour', () => {
    const all = told({ fabrics: [fabric(1)], agents: [problem('leaf-1', 'agent-heartbeat-lost'), problem('spine-1', 'bgp-session-down', 'leaf-1'), problem('spine-1', 'bgp-session-down', 'leaf-2')], overdue: [overdue('leaf-1')] });
    expect(roots(all)).toEqual(['silent:f-1:Agent/leaf-1', 'health:f-1:Agent/spine-1:bgp-session-down:leaf-2']);
  });

  it('is told of k8s-sync when no cluster is watched', () => {
    expect(roots(told({ fabrics: [fabric(1, { watch: 'WatcherSilent' }), fabric(2, { watch: 'WatcherSilent' })] }))).toEqual(['watcher']);
    expect(roots(told({ fabrics: [fabric(1, { watch: 'WatcherSilent' }), fabric(2)] }))).toEqual(['watch:f-1']);
  });

  it('is told of deletes that wait for a person, with who that may be, whatever ails the cluster', () => {
    const approvals = [{
      fabricId: 'f-1', id: 'a-1', planId: 'p-1', sync: true, requestedBy: [{ type: 'token' as const, id: 't-1', name: 'carol' }], author: { name: 'Ada', email: 'ada@example.org' }, requestedAt: new Date(SINCE), expiresAt: new Date('2026-01-02T12:00:00.000Z'),
      operation: 7, count: 12, objects: objects.slice(0, 2),
    }];
    const all = told({ fabrics: [fabric(1, { connection: 'failed' })], approvals });
    expect(roots(all)).toEqual(['cluster:https://api-1', 'approval:a-1']);
    expect(all[1]!.signal).toMatchObject({
      type: 'approval_waiting', objectCount: 12, summary: '12 delete(s) of fabric-1 wait for a second person since 2026-01-01T12:00:00.000Z, until 2026-01-02T12:00:00.000Z: plan p-1, asked for by carol; operation 7 left them out',
      remedy: '`heddle plan show p-1`, then `heddle plan approve` or `reject`; a sync starts by itself once it is approved. Anybody with a token of their own, but not carol, who asked for it, nor Ada <ada@example.org>, who wrote the commit, nor by a token that one of them made.',
    });
  });

  it('says nothing of fabrics that are well, and bears causes that explain each other', () => {
    expect(told({ fabrics: [fabric(1), fabric(2)] })).toEqual([]);
    const a = { ...told({ fabrics: [fabric(1, { connection: 'failed' })] })[0]!.signal, key: 'a', causes: ['b'] };
    expect(correlate([a, { ...a, key: 'b', causes: ['a'] }])).toHaveLength(2);
  });
});

const NOW = new Date('2026-01-02T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const signal = (cause: string | null = null): Correlated => ({ signal: { ...none, key: 'k', type: 't', severity: 'warning', summary: 's', remedy: 'r', fabrics: [], objects: [], objectCount: 0, causes: [] } as Signal, cause });
const alert = (state: AlertState, more: Partial<AlertBefore> = {}): AlertBefore => ({ id: 'a', key: 'k', state, severity: 'warning', causeId: null, suppressedUntil: null, clearSince: null, resolvedAt: state === 'resolved' ? ago(1_000) : null, ...more });
const move = (before: AlertBefore[], holding: Correlated[]) => moveAlerts(before, holding, NOW)[0];

describe('an alert', () => {
  it.each<[string, AlertBefore[], Correlated[], AlertState[]]>([
    ['that is new is active', [], [signal()], ['active']],
    ['that another explains is suppressed', [], [signal('root')], ['active', 'suppressed']],
    ['that holds stays', [alert('acknowledged')], [signal()], []],
    ['that comes back soon is reopened', [alert('resolved')], [signal()], ['reopened']],
    ['that comes back late is another', [alert('resolved', { resolvedAt: ago(REOPEN_MS + 1) })], [signal()], ['active']],
    ['whose cause is over is active', [alert('suppressed', { causeId: 'root' })], [signal()], ['active']],
    ['that a person suppressed stays so until its time', [alert('suppressed', { suppressedUntil: new Date(NOW.getTime() + 1) })], [signal()], []],
    ['whose suppression is over is active', [alert('suppressed', { suppressedUntil: ago(1) })], [signal()], ['active']],
    ['that a cause explains by now is suppressed', [alert('reopened')], [signal('root')], ['suppressed']],
    ['that is away for a moment stays', [alert('active')], [], []],
    ['that is away for long enough is resolved', [alert('active', { clearSince: ago(CLEAR_MS) })], [], ['resolved']],
    ['that is resolved and away stays so', [alert('resolved')], [], []],
  ])('%s', (_name, before, holding, route) => {
    const made = move(before, holding);
    expect(made?.route ?? []).toEqual(route);
    const from = made?.before?.state;
    made?.route.reduce((state: AlertState | undefined, next) => {
      if (state) expect(alertMachine.allows(state, next), `${state} to ${next}`).toBe(true);
      return next;
    }, from);
  });

  it('that flaps is resolved only when it stays away', () => {
    const away = move([alert('active')], [])!;
    expect(away.clearSince).toEqual(NOW);
    expect(move([alert('active', { clearSince: ago(60_000) })], [signal()])!.clearSince).toBeNull();
  });
});
