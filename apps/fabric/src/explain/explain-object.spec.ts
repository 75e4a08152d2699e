import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Wait } from '@heddle/contracts';
import { describeAgent } from './describe-agent.ts';
import type { LastStep, ObjectFacts } from './explain-facts.ts';
import { explainObject } from './explain-object.ts';

const now = new Date('2026-01-10T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1_000);
const breaker = { state: 'closed' as const, nextTryAt: null, lastError: null };

type Given = Omit<Partial<ObjectFacts>, 'fabric' | 'object' | 'trust'> & { fabric?: Partial<ObjectFacts['fabric']>; object?: Partial<ObjectFacts['object']>; trust?: Partial<ObjectFacts['trust']> };

/** An object that is on its switches, but for what is given. */
function facts({ fabric, object, trust, ...rest }: Given = {}): ObjectFacts {
  return {
    now, unseenKinds: [], unreadable: 0, operations: [], findings: [], drift: null, withheld: null, step: null, agents: [],
    fabric: {
      id: '00000000-0000-4000-8000-000000000001', name: 'lab', state: 'active', automaticSync: true, prune: true, directoryNote: null, directory: 'lab', branch: 'main', pruneHeld: null, planDueAt: null,
      source: { state: 'ready', reason: 'Read', message: 'Read.', since: ago(600).toISOString() }, syncState: 'in_sync', syncReason: 'Done', syncMessage: 'Done.', syncSince: ago(300), syncRetry: null,
      connection: { state: 'connected', reason: 'Connected', message: 'Connected.', since: ago(900).toISOString(), breaker },
      revision: { commit: 'abcdef0123456789', subject: 's', author: 'a', email: 'e', committedAt: ago(700).toISOString(), observedAt: ago(600).toISOString() }, ...fabric,
    },
    trust: { stored: true, told: true, reason: 'WatchStale', message: 'The watch of VPC is not live.', since: null, ...trust },
    object: {
      kind: 'VPC', name: 'web', state: 'synced', reason: 'OnAllSwitches', message: '', desiredHash: 'h', liveHash: 'h', baseHash: 'h', goneHash: null, held: false, path: 'vpcs/web.yaml', line: 3, managed: true,
      deletingSince: null, finalizers: [], inFlight: null, failure: null, switches: 'converged', switchesReason: 'OnAllSwitches', switchesMessage: 'On leaf-1', since: ago(100), committedAt: ago(700), storedAt: ago(600), appliedAt: ago(500), convergedAt: ago(400), ...object,
    },
    ...rest,
  };
}

const unapplied: Given['object'] = { state: 'committed', reason: 'DiffersFromGit', message: 'Git has a version that the cluster doesn\'t have.', liveHash: 'old', baseHash: 'old', switches: 'pending' };
const lastStep = (given: Partial<LastStep> = {}): LastStep => ({ operation: { id: '00000000-0000-4000-8000-000000000002', number: 9, state: 'in_progress', deadline: ago(-900).toISOString() }, action: 'update', state: 'sent', reason: '', message: '', remedy: null, at: ago(20), wait: null, failedBefore: null, ...given });
const wait: Wait = { reason: 'TooManyRequests', for: 'the server to be less busy', since: ago(30).toISOString(), until: ago(-5).toISOString(), try: 4, owner: 'k8s-sync', remedy: 'Nothing.' };
const error: Finding = { rule: 'vpc-vlan', severity: 'error', message: 'VLAN 4000 is out of range.', remedy: 'Choose another.', field: 'spec.subnets.default.vlan' };
const failed = { state: 'failed' as const, reason: 'Unauthorized', message: 'The token has expired.', since: ago(60).toISOString(), breaker: { state: 'open' as const, nextTryAt: ago(-8).toISOString(), lastError: '401' } };
const agent = (name: string, given: object = {}) => describeAgent(name, { generation: 9, appliedGeneration: 9, attemptGeneration: 9, attemptAt: ago(5), heartbeatAt: ago(3), refusal: null, ...given }, now);

describe('explainObject', () => {
  it('says that an object is on its switches', () => {
    const explained = explainObject(facts());
    expect(explained).toMatchObject({ converged: true, blocker: null, summary: 'VPC web is on its switches as Git has it.' });
    expect(explained.levels.map(({ level, state }) => `${level} ${state}`)).toEqual(['git reached', 'valid reached', 'planned reached', 'applied reached', 'switches reached']);
  });

  const cases: [string, Given, { level: string; state: string; reason: string; remedy?: RegExp }, RegExp][] = [
    ['Git can\'t be read', { fabric: { source: { state: 'failing', reason: 'BranchMissing', message: 'The branch main is gone.', since: ago(50).toISOString(), nextTryAt: ago(-10).toISOString() } } },
      { level: 'git', state: 'unknown', reason: 'BranchMissing', remedy: /branch/ }, /can't be compared with Git: Git can't be read: The branch main is gone\. Next try at .* read last is abcdef012345/],
    ['the directory is empty', { fabric: { directoryNote: 'DirectoryEmpty' } }, { level: 'git', state: 'blocked', reason: 'DirectoryEmpty' }, /lab has no documents on branch main; everything is kept/],
    ['nothing was read yet', { fabric: { revision: null } }, { level: 'git', state: 'waiting', reason: 'Read' }, /no revision was read yet/],
    ['its document is held', { object: { ...unapplied, held: true }, findings: [{ ...error, message: 'A bracket is missing.' }] }, { level: 'git', state: 'blocked', reason: 'Held', remedy: /Choose/ }, /vpcs\/web\.yaml:3 can't be used.*A bracket is missing/],
    ['a finding keeps it back', { object: unapplied, findings: [error] }, { level: 'valid', state: 'blocked', reason: 'Invalid', remedy: /Choose another/ }, /is kept back by a finding: spec\.subnets\.default\.vlan: VLAN 4000.*\[vpc-vlan\]/],
    ['a finding alone', { findings: [error] }, { level: 'valid', state: 'blocked', reason: 'Invalid' }, /VLAN 4000/],
    ['the plan keeps it back', { object: unapplied, withheld: { kind: 'VPC', name: 'web', action: 'update', reason: 'ImmutableField', message: 'spec.vni can\'t be changed.' } }, { level: 'planned', state: 'blocked', reason: 'ImmutableField', remedy: /one commit/ }, /is in no plan: spec\.vni can't be changed/],
    ['maintenance', { object: unapplied, fabric: { state: 'maintenance' } }, { level: 'planned', state: 'blocked', reason: 'Maintenance', remedy: /End/ }, /lab is in maintenance/],
    ['automatic sync is off', { object: unapplied, fabric: { automaticSync: false } }, { level: 'planned', state: 'blocked', reason: 'AutomaticSyncOff', remedy: /heddle fabric sync lab/ }, /automatic sync is off/],
    ['a plan is due', { object: unapplied, fabric: { planDueAt: ago(-2) } }, { level: 'planned', state: 'waiting', reason: 'PlanDue' }, /Waits for the next plan/],
    ['the cluster was not read yet', { object: unapplied, unseenKinds: ['VPC'] }, { level: 'planned', state: 'waiting', reason: 'ClusterNotReadYet' }, /first whole list of VPC/],
    ['another operation is before it', { object: unapplied, operations: [{ id: '00000000-0000-4000-8000-000000000003', number: 8, state: 'in_progress', deadline: ago(-600).toISOString(), wait }] },
      { level: 'planned', state: 'waiting', reason: 'OperationBefore' }, /operation 8, which waits for the server to be less busy/],
    ['somebody changed it', { object: { ...unapplied, baseHash: 'h' }, drift: { state: 'open', type: 'changed', detectedAt: ago(40), managers: ['kubectl-edit'], healAt: null } }, { level: 'planned', state: 'blocked', reason: 'Drifted', remedy: /revert/ }, /somebody changed it in the cluster by kubectl-edit/],
    ['its step is tried again', { object: { ...unapplied, state: 'pending', inFlight: 'o' }, step: lastStep({ state: 'retry', wait }) }, { level: 'applied', state: 'waiting', reason: 'TooManyRequests', remedy: /Nothing/ }, /Waits for the server to be less busy \(try 4, until /],
    ['the cluster refused it', { object: { ...unapplied, failure: { desiredHash: 'h', reason: 'Invalid', message: 'vni must be a number.', operationId: 'o' } }, step: lastStep({ state: 'stalled', remedy: 'Correct spec.vni.' }), fabric: { syncState: 'error', syncRetry: { try: 2, mayPass: false, remedy: null } } },
      { level: 'applied', state: 'blocked', reason: 'Invalid', remedy: /Correct spec\.vni/ }, /is not in the API server as Git has it: vni must be a number\. \(not tried again/],
    ['it failed and is tried again', { object: { ...unapplied, failure: { desiredHash: 'h', reason: 'WebhookUnavailable', message: 'The webhook does not answer.', operationId: 'o' } }, step: lastStep({ state: 'stalled' }), fabric: { syncState: 'error', planDueAt: ago(-30), syncRetry: { try: 3, mayPass: true, remedy: null } } },
      { level: 'applied', state: 'waiting', reason: 'WebhookUnavailable', remedy: /fabric controller/ }, /The webhook does not answer\. Try 3 at 2026-01-10T12:00:30/],
    ['a step before it failed', { object: { ...unapplied, failure: { desiredHash: 'h', reason: 'DependencyFailed', message: 'It depends on x.', operationId: 'o' } }, step: lastStep({ state: 'not_started', failedBefore: { action: 'create', kind: 'VLANNamespace', name: 'v', reason: 'Forbidden', message: 'cannot create', remedy: 'Grant the verb create.' } }) },
      { level: 'applied', state: 'blocked', reason: 'Forbidden', remedy: /Grant the verb create/ }, /step create VLANNamespace v before it failed: cannot create/],
    ['the token has expired', { trust: { stored: false, told: false }, fabric: { connection: failed } }, { level: 'applied', state: 'unknown', reason: 'ClusterUnreachable', remedy: /credentials/ }, /does not answer \(Unauthorized\): The token has expired\. Next try at/],
    ['its watch is stale', { trust: { stored: false, told: false } }, { level: 'applied', state: 'unknown', reason: 'WatchStale' }, /watch of VPC is not live/],
    ['nobody hears of the Agents', { trust: { told: false, message: 'The watch of Agent is not live.' } }, { level: 'switches', state: 'unknown', reason: 'WatchStale' }, /is not on its switches: The watch of Agent is not live/],
    ['a heartbeat is lost', { object: { state: 'applied', switches: 'unknown', switchesReason: 'HeartbeatStale', switchesMessage: 'x' }, agents: [agent('leaf-1', { heartbeatAt: ago(300) })] }, { level: 'switches', state: 'unknown', reason: 'HeartbeatStale', remedy: /agent does not report/ }, /is not on its switches: leaf-1: no heartbeat since 2026-01-10T11:55/],
    ['a switch hangs', { object: { state: 'applied', switches: 'pending', switchesReason: 'WaitingForSwitch', switchesMessage: 'x' }, agents: [agent('leaf-1', { appliedGeneration: 7, attemptGeneration: 7 })] }, { level: 'switches', state: 'waiting', reason: 'WaitingForSwitch' }, /leaf-1: generation 7 of 9 is applied/],
    ['a switch refuses', { object: { state: 'applied', switches: 'failed', switchesReason: 'ApplyFailed', switchesMessage: 'x' }, agents: [agent('leaf-1', { appliedGeneration: 7, refusal: 'generation 9 was refused' })] }, { level: 'switches', state: 'blocked', reason: 'ApplyFailed', remedy: /log/ }, /leaf-1: generation 7 of 9 is applied; generation 9 was refused/],
    ['Hedgehog did not react', { object: { state: 'applied', switches: 'pending', switchesReason: 'WaitingForController', switchesMessage: 'x' }, agents: [agent('leaf-1')] }, { level: 'switches', state: 'waiting', reason: 'WaitingForController', remedy: /fabric controller/ }, /Hedgehog has not passed the change on/],
    ['prune is off', { object: { desiredHash: null, state: 'orphaned', reason: 'RemovedFromGit', message: 'No longer in Git, and not pruned.' }, fabric: { prune: false } }, { level: 'planned', state: 'blocked', reason: 'PruneOff', remedy: /--prune/ }, /is not deleted: it is no longer in Git, and prune is off/],
    ['finalizers keep it', { object: { desiredHash: null, state: 'deleting', deletingSince: ago(90), finalizers: ['x/hold'] } }, { level: 'applied', state: 'waiting', reason: 'Finalizers', remedy: /finalizers/ }, /is not deleted yet: Waits for x\/hold/],
    ['switches still carry it', { object: { desiredHash: null, liveHash: null, baseHash: null, goneHash: 'h', state: 'deleting', switches: 'pending', switchesReason: 'WaitingForSwitch' }, agents: [agent('leaf-2', { appliedGeneration: 8 })] }, { level: 'switches', state: 'waiting', reason: 'WaitingForSwitch' }, /is still on switches: .*leaf-2/],
  ];
  it.each(cases)('names the cause: %s', (_what, given, expected, summary) => {
    const { remedy, ...blocker } = expected;
    const explained = explainObject(facts(given));
    expect(explained.converged).toBe(false);
    expect(explained.blocker).toMatchObject(blocker);
    expect(explained.summary).toMatch(summary);
    if (remedy) expect(explained.blocker!.remedy).toMatch(remedy);
    if (expected.state === 'blocked') expect(explained.blocker!.remedy).toBeTruthy();
  });

  it('says of a kind that no Agent carries that it can\'t be asked', () => {
    expect(explainObject(facts({ object: { kind: 'Server', name: 's', state: 'applied', switches: 'unknown', switchesReason: 'NotCarriedByAgents', switchesMessage: 'Agents embed no Server' } }))).toMatchObject({ converged: true, summary: expect.stringContaining('can\'t be asked') });
  });

  it('leaves alone what lives without Heddle', () => {
    expect(explainObject(facts({ object: { desiredHash: null, baseHash: null, managed: false, state: 'orphaned' } }))).toMatchObject({ converged: true, summary: expect.stringContaining('left alone') });
  });

  it('notes warnings and what switches tell of, which keep nothing back', () => {
    const { converged, notes } = explainObject(facts({ findings: [{ ...error, severity: 'warning' }, { ...error, source: 'agent' }], unreadable: 2 }));
    expect(converged).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/^Warning: VLAN/), expect.stringMatching(/^Error: VLAN/), expect.stringContaining('2 document(s)')]);
  });

  it('calls nothing converged that any fact doubts, and is never silent', () => {
    const hash = fc.constantFrom('h', 'old', null);
    fc.assert(fc.property(fc.record({
      desiredHash: hash, liveHash: hash, baseHash: hash, goneHash: fc.constantFrom(null, 'h'), held: fc.boolean(), managed: fc.boolean(), inFlight: fc.constantFrom(null, 'o'),
      switches: fc.constantFrom('converged', 'pending', 'failed', 'unknown'), switchesReason: fc.constantFrom('OnAllSwitches', 'WaitingForSwitch', 'NotCarriedByAgents', 'HeartbeatStale'),
      stored: fc.boolean(), told: fc.boolean(), source: fc.constantFrom('ready', 'failing'), state: fc.constantFrom('active', 'maintenance', 'planned'), connection: fc.constantFrom('connected', 'failed'), hasError: fc.boolean(), automaticSync: fc.boolean(),
    }), ({ stored, told, source, state, connection, hasError, automaticSync, ...object }) => {
      const explained = explainObject(facts({
        object: object as Given['object'], trust: { stored, told: told && stored }, findings: hasError ? [error] : [],
        fabric: { automaticSync, state: state as 'active', source: { state: source as 'ready', reason: 'R', message: 'm', since: ago(1).toISOString() }, ...(connection === 'failed' && { connection: failed }) },
      }));
      const { desiredHash, liveHash, baseHash, switches, switchesReason, inFlight, held, goneHash } = object;
      if (explained.converged && desiredHash !== null) {
        expect([liveHash, baseHash, inFlight, held, source, stored, hasError]).toEqual([desiredHash, desiredHash, null, false, 'ready', true, false]);
        expect(switchesReason === 'NotCarriedByAgents' || (told && switches === 'converged')).toBe(true);
      }
      if (explained.converged && desiredHash === null && goneHash !== null) expect(switchesReason === 'NotCarriedByAgents' || (told && switches === 'converged')).toBe(true);
      expect(explained.summary.length).toBeGreaterThan(20);
      expect(explained.converged).toBe(explained.blocker === null);
      if (explained.blocker) expect(explained.blocker.message + explained.blocker.reason).not.toBe('');
    }), { numRuns: 3_000 });
  });
});

describe('describeAgent', () => {
  it.each([
    [null, 'missing'], [{ heartbeatAt: null }, 'silent'], [{ heartbeatAt: ago(61) }, 'silent'], [{}, 'untold'], [{ appliedGeneration: 8, attemptGeneration: 8 }, 'behind'],
    [{ appliedGeneration: null, attemptGeneration: 9 }, 'behind'], [{ appliedGeneration: 8, attemptAt: ago(400) }, 'failed'], [{ appliedGeneration: 8, refusal: 'no' }, 'failed'],
  ] as const)('of %j says %s', (given, state) => {
    expect(given === null ? describeAgent('leaf-1', null, now).state : agent('leaf-1', given).state).toBe(state);
  });
});
