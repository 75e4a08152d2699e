import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RefusedError } from '../src/client/heddle-client.ts';
import type { Asking } from '../src/commands/session.ts';
import { exitCodeOf } from '../src/output/exit-code.ts';
import { PlayedGateway } from './played-gateway.ts';

const gateway = new PlayedGateway();
const { asked } = gateway;
let home: string;
beforeAll(async () => {
  await gateway.start();
  home = await mkdtemp(path.join(tmpdir(), 'heddle-cli-'));
});
afterAll(async () => {
  gateway.stop();
  await rm(home, { recursive: true });
});
beforeEach(() => { gateway.clear(); ask = undefined; });

let ask: Asking | undefined;
let editor = '';
const run = (...words: string[]) => gateway.run(words, { env: { XDG_CONFIG_HOME: home, EDITOR: editor }, ask });

const operation = (state: string, stepState: string) => ({
  id: 'o1', number: 4, state, message: '', counts: { total: 1, done: stepState === 'done' ? 1 : 0, unchanged: 0, waiting: 0, retrying: 0, stalled: stepState === 'stalled' ? 1 : 0, notStarted: 0, converged: 0 },
  steps: [{ stepId: 's1', action: 'create', kind: 'VPC', name: 'vpc-1', state: stepState, attempt: 1, reason: 'Refused', message: 'no', remedy: 'fix it', at: null }],
});

describe('heddle', () => {
  it('tells what an operation waits for, once', async () => {
    const wait = { reason: 'ClusterUnreachable', for: 'the cluster to answer', since: 's', until: 'u', try: 2, owner: 'the API server', remedy: 'Look at it.' };
    gateway.answers = { 'GET /api/v1/operations/o1': [{ ...operation('in_progress', 'planned'), wait }, { ...operation('in_progress', 'planned'), wait }, { ...operation('completed', 'done'), wait: null }] };
    const { text } = await run('operation', 'watch', 'o1');
    expect(text.match(/waits for the cluster to answer \(try 2, until u\)\n {4}Look at it\./g)).toHaveLength(1);
  });

  it('explains an object: the cause first, then the levels', async () => {
    const level = (name: string, state: string, reason: string, message: string) => ({ level: name, state, reason, message, since: null, remedy: state === 'blocked' ? 'Grant it.' : null, wait: null });
    const levels = [level('git', 'reached', 'InGit', 'a.yaml:1.'), level('applied', 'blocked', 'Forbidden', 'cannot patch.'), level('switches', 'not_reached', 'NotReached', 'x')];
    const explanation = { summary: 'VPC a is not applied: cannot patch.', converged: false, blocker: levels[1], levels, agents: [], notes: ['Warning: w'], operation: { id: 'o', number: 7, state: 'failed', deadline: 'd' }, objects: [] };
    gateway.answers = { 'GET /api/v1/fabrics/lab/resources/VPC/a/explain': [explanation], 'GET /api/v1/fabrics/lab/explain': [{ ...explanation, converged: true, blocker: null }] };
    const { text, code } = await run('explain', 'lab', 'VPC/a');
    expect(text.split('\n')).toEqual(['VPC a is not applied: cannot patch.', '  What to do: Grant it.', '', '  ✓ in Git          InGit: a.yaml:1.', '  ✗ applied         Forbidden: cannot patch.', '  · on the switches', '  operation 7 is failed', '  ! Warning: w', '']);
    expect(code).toBe(1);
    expect((await run('explain', 'lab')).code).toBe(0);
  });

  it('sends the token and follows every page', async () => {
    const drift = (id: string) => ({ id, kind: 'VPC', name: 'vpc-1', type: 'changed', state: 'open', severity: 'high', detectedAt: new Date().toISOString(), fields: [{ path: 'spec.a', desired: 1, live: 2, manager: 'kubectl-edit' }] });
    gateway.answers = { 'GET /api/v1/drifts?fabric=lab': [{ items: [drift('d1')], next: 'c2' }], 'GET /api/v1/drifts?fabric=lab&cursor=c2': [{ items: [drift('d2')], next: null }] };
    const { text } = await run('drift', 'list', 'lab');
    expect(text).toContain('d1 VPC/vpc-1');
    expect(text).toContain('d2 VPC/vpc-1');
    expect(text).toContain('~ spec.a: Git 1, live 2 (by kubectl-edit)');
    expect(asked.every((one) => one.authorization === 'Bearer tok')).toBe(true);
  });

  it('lists the tasks of every service, cancels one', async () => {
    const task = (service: string, id: string) => ({ id, service, type: `${service}.do`, key: 'k', queue: 'micro', priority: 9, fairKey: '', state: 'failed', attempt: 2, failures: 2, reason: 'NET-1', message: 'away', createdAt: new Date().toISOString() });
    const list = (service: string) => `GET /api/v1/tasks/${service}?state=failed&limit=500`;
    gateway.answers = Object.fromEntries(['fabric', 'git-sync', 'k8s-sync', 'notification'].map((service) => [list(service), [{ items: service === 'fabric' ? [] : [task(service, `id-${service}`)], next: null }]]));
    gateway.answers['POST /api/v1/tasks/k8s-sync/id-1/cancel'] = [{ ...task('k8s-sync', 'id-1'), state: 'cancelled' }];
    const { text } = await run('tasks', 'list', '--state', 'failed');
    for (const service of ['git-sync', 'k8s-sync', 'notification']) expect(text).toMatch(new RegExp(`id-${service} +${service} +micro`));
    expect((await run('tasks', 'cancel', 'k8s-sync', 'id-1')).text).toContain('task id-1 is cancelled');
  });

  it('discards a task with a reason, and shows by whom', async () => {
    const task = { id: 'id-1', service: 'fabric', type: 'fabric.do', key: 'k', queue: 'micro', priority: 9, state: 'cancelled', attempt: 2, reason: 'Discarded', message: 'of no use', closedBy: { type: 'token', id: 't', name: 'ann' }, createdAt: new Date().toISOString(), dueAt: '', tries: [] };
    gateway.answers = { 'POST /api/v1/tasks/fabric/id-1/discard': [task], 'GET /api/v1/tasks/fabric?limit=500': [{ items: [task], next: null }], 'GET /api/v1/tasks/fabric/id-1': [task] };
    expect((await run('tasks', 'discard', 'fabric', 'id-1', '--reason', 'of no use')).text).toContain('task id-1 is discarded');
    expect(asked.at(-1)!.body).toEqual({ reason: 'of no use' });
    expect((await run('tasks', 'list', '--service', 'fabric')).text).toMatch(/cancelled +2 +Discarded +ann +\ds +of no use/);
    expect((await run('tasks', 'get', 'fabric', 'id-1')).text).toContain('cancelled (Discarded: of no use) by ann');
  });

  it('watches an operation to its end', async () => {
    gateway.answers = { 'GET /api/v1/operations/o1': [operation('in_progress', 'sent'), operation('completed', 'done')] };
    const { text, code } = await run('operation', 'watch', 'o1');
    expect(text).toMatch(/sent +create VPC\/vpc-1[\s\S]*done +create VPC\/vpc-1[\s\S]*Operation 4 completed: 1 done/);
    expect(code).toBe(0);
  });

  it('ends with 1 when the operation failed', async () => {
    gateway.answers = { 'GET /api/v1/operations/o1': [operation('failed', 'stalled')] };
    const { text, code } = await run('operation', 'watch', 'o1');
    expect(text).toContain('Refused: no\n    fix it');
    expect(code).toBe(1);
  });

  it('syncs chosen objects', async () => {
    gateway.answers = { 'POST /api/v1/fabrics/lab/operations': [operation('pending', 'planned')] };
    await run('fabric', 'sync', 'lab', 'VPC/vpc-1', '--no-wait');
    expect(asked[0]!.body).toEqual({ objects: [{ kind: 'VPC', name: 'vpc-1' }] });
  });

  it('plans, tells by its exit code whether there is something to do, prints what the service renders', async () => {
    const plan = (steps: object[], more: object = {}) => ({ id: 'p1', steps, counts: { withheld: 0 }, ...more });
    gateway.answers = { 'POST /api/v1/fabrics/lab/plans': [plan([{}], { dryRun: { state: 'running' } }), plan([]), plan([{}])], 'GET /api/v1/plans/p1': [plan([{}], { dryRun: { state: 'passed' } })], 'GET /api/v1/plans/p1?format=text': ['as text'], 'GET /api/v1/plans/p1?format=markdown': ['### as markdown'] };
    expect(await run('plan', 'lab', 'VPC/a', '--prune', '--replace', '--dry-run', '--detailed-exitcode')).toEqual({ text: '"as text"\n', code: 2 });
    expect(asked[0]!.body).toEqual({ prune: true, replace: true, dryRun: true, objects: [{ kind: 'VPC', name: 'a' }] });
    expect(await run('plan', 'lab', '--detailed-exitcode', '-o', 'markdown')).toEqual({ text: '"### as markdown"\n', code: 0 });
    expect(JSON.parse((await run('plan', 'lab', '-o', 'json')).text)).toMatchObject({ id: 'p1' });
    expect(exitCodeOf(await run('plan', 'nowhere', '--detailed-exitcode').catch((error: unknown) => error))).toBe(1);
    await expect(run('fabric', 'list', '-o', 'markdown')).rejects.toThrow('Markdown');
  });

  it('approves a plan by the hash that it shows, rejects with a reason', async () => {
    gateway.answers = { 'GET /api/v1/plans/p1': [{ id: 'p1', hash: 'h1' }], 'POST /api/v1/plans/p1/approve': [{ deletes: [{}, {}], operationId: 'o1' }], 'POST /api/v1/plans/p1/reject': [{ deletes: [{}] }], 'GET /api/v1/approvals?state=pending': [{ items: [], next: null }] };
    expect((await run('plan', 'approve', 'p1', '--reason', 'agreed')).text).toContain('2 delete(s) are approved: heddle operation watch o1');
    expect(asked[1]!.body).toEqual({ hash: 'h1', reason: 'agreed' });
    expect((await run('plan', 'reject', 'p1', '--reason', 'no')).text).toContain('rejected');
    expect((await run('plan', 'approvals')).text).toContain('Nothing waits');
  });

  it('lists alerts that are told, shows one with its history, and ends with 1 when a change is refused', async () => {
    const alert = {
      id: 'a1', type: 'drift_open', severity: 'critical', state: 'active', key: 'drift:f', summary: '2 object(s) of lab were changed', remedy: 'See the drifts.', fabrics: [{ id: 'f', name: 'lab' }], objects: [{ kind: 'VPC', name: 'web' }], objectCount: 2,
      causeId: 'a0', suppressedUntil: '2026-01-02T00:00:00.000Z', firstSeenAt: '2026-01-01T00:00:00.000Z', lastSeenAt: '2026-01-01T00:01:00.000Z', resolvedAt: null, count: 3,
    };
    const history = [{ at: '2026-01-01T00:00:00.000Z', from: null, to: 'active', actor: { type: 'system', id: 'fabric' }, reason: 'Raised' }];
    gateway.answers = {
      'GET /api/v1/alerts?open=true': [{ items: [alert], next: null }], 'GET /api/v1/alerts?fabric=lab': [{ items: [], next: null }], 'GET /api/v1/alerts?state=resolved': [{ items: [], next: null }], 'GET /api/v1/alerts/a1': [{ ...alert, history }],
      'POST /api/v1/alerts/bulk': [{ items: [{ id: 'a1', outcome: 'done', state: 'acknowledged', message: '' }] }, { items: [{ id: 'a1', outcome: 'refused', state: null, message: 'It is over.' }] }],
    };
    expect((await run('alerts')).text).toMatch(/a1 +critical +active +drift_open +lab +2 .*2 object\(s\) of lab were changed/);
    expect((await run('alerts', 'list', '--fabric', 'lab', '--all')).text).toBe('No alerts.\n');
    await run('alerts', 'list', '--state', 'resolved');
    const { text } = await run('alerts', 'get', 'a1');
    for (const part of ['critical drift_open: active, seen 3 time(s)', 'explained by alert a0', 'suppressed until 2026-01-02', 'objects (2): VPC/web', '- → active by fabric: Raised']) expect(text).toContain(part);
    expect((await run('alerts', 'acknowledge', 'a1', '--reason', 'on it')).code).toBe(0);
    const refused = await run('alerts', 'suppress', 'a1', '--until', '2026-01-02T00:00:00Z', '--reason', 'window');
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('It is over.') });
    expect(asked.slice(-2).map(({ body }) => body)).toEqual([{ alertIds: ['a1'], action: 'acknowledge', reason: 'on it' }, { alertIds: ['a1'], action: 'suppress', reason: 'window', until: '2026-01-02T00:00:00Z' }]);
  });

  it('makes and revokes tokens', async () => {
    gateway.answers = { 'POST /api/v1/tokens': [{ name: 'bob', token: 'shown-once' }], 'DELETE /api/v1/tokens/bob': [{ name: 'bob' }] };
    expect((await run('token', 'make', 'bob')).text).toBe('shown-once\n');
    expect((await run('token', 'revoke', 'bob')).text).toContain('bob is revoked');
  });

  it('sets what the installer switched on, and the delete budget', async () => {
    gateway.answers = { 'PATCH /api/v1/fabrics/lab': [{ message: 'only what was asked is looked at here' }] };
    await run('fabric', 'set', 'lab', '--gateway', 'off', '--switch-profiles', 'vs, ds3000', '-o', 'json');
    await run('fabric', 'set', 'lab', '--switch-profiles', 'any', '--vpc-peering', 'on', '-o', 'json');
    expect(asked.splice(0).map(({ body }) => body)).toEqual([{ installation: { gateway: false, switchProfiles: ['vs', 'ds3000'] } }, { installation: { vpcPeering: true, switchProfiles: null } }]);
    await run('fabric', 'set', 'lab', '--max-deletes', '3', '--protect-kinds', 'Switch, VPC', '--protect', 'Server/s-1', '--dry-run', 'on', '-o', 'json');
    expect(asked[0]!.body).toEqual({ policy: { dryRun: true, budget: { maxDeletes: 3, protectedKinds: ['Switch', 'VPC'], protectedObjects: [{ kind: 'Server', name: 's-1' }] } } });
  });

  it('prints JSON when asked', async () => {
    gateway.answers = { 'GET /api/v1/fabrics': [{ items: [{ name: 'lab' }], next: null }] };
    expect(JSON.parse((await run('fabric', 'list', '-o', 'json')).text)).toEqual([{ name: 'lab' }]);
  });

  it('sets objects apart of which no switch can be asked', async () => {
    const fabric = {
      id: 'f1', name: 'lab', state: 'active', createdAt: '2026-01-01T00:00:00.000Z', sync: { state: 'in_sync' }, connection: { reason: 'Connected' }, revision: null, conditions: [],
      source: { repository: 'network', branch: 'main', directory: 'lab' }, policy: { automaticSync: true, prune: false, selfHeal: false },
      counts: { resources: 12, converged: 10, pending: 0, drifted: 0, failed: 0, foreign: 0, findings: 0, held: 0, switches: 2, switchesReady: 2, unknown: 2 },
    };
    gateway.answers = { 'GET /api/v1/fabrics': [{ items: [fabric], next: null }], 'GET /api/v1/fabrics/lab': [fabric] };
    expect((await run('fabric', 'list')).text).toContain('10/10');
    expect((await run('fabric', 'get', 'lab')).text).toContain('10 of 10 on the switches, 2 unknown');
  });

  it('shows every page of findings', async () => {
    const finding = (rule: string) => ({ rule, severity: 'error', message: 'm', remedy: 'r' });
    gateway.answers = { 'GET /api/v1/fabrics/lab/findings?limit=500': [{ items: [finding('one')], next: 'c2' }], 'GET /api/v1/fabrics/lab/findings?limit=500&cursor=c2': [{ items: [finding('two')], next: null }] };
    const { text } = await run('findings', 'lab');
    expect(text).toMatch(/\[one\][\s\S]*\[two\]/);
  });

  it('shows the bus, what is down and what fires', async () => {
    const queue = (name: string, messages: number, consumers: number) => ({ queue: name, messages, consumers, lagSeconds: messages * 10 });
    const service = (name: string, queues: object[], alerts: object[] = []) => ({
      service: name, observedAt: null, broker: { product: 'RabbitMQ', version: '4.1.0', quorumQueues: true }, connections: [{ name: 'publish', connected: true, fault: null }],
      topologyDifferences: [], queues, outbox: { messages: 3, held: 1, oldestSeconds: 12 }, parked: 0, dead: 2, alerts, heldMessages: name === 'fabric' ? held : [],
    });
    const held = ['k1', null].map((key) => ({ messageId: 'm1', type: 'a.b', key, waiting: 2, attempts: 3, reason: 'unroutable', nextTryAt: 'soon' }));
    const alert = { alert: 'HeddleDeadLetters', severity: 'warning', service: 'fabric', labels: {}, threshold: 0, since: 'now', summary: '2 messages were given up', remedy: 'Look at them.', runbook: 'x' };
    const bus = {
      services: [service('gateway', [queue('fabric.x.y', 9, 1), queue('k8s-sync.x.y', 4, 0)]), service('fabric', [queue('fabric.x.y', 5, 1), queue('fabric.empty.one', 0, 1)], [alert])],
      unreachable: [{ service: 'k8s-sync', reason: 'It is not running.', remedy: 'Start it.' }],
    };
    gateway.answers = { 'GET /api/v1/bus': [bus] };
    const { text, code } = await run('bus');
    expect(text).toMatch(/fabric +RabbitMQ 4\.1\.0 +publish +3 +1 +12s +0 +2 +1/);
    expect(text).toContain('✗ k8s-sync: It is not running. Start it.');
    expect(text).toMatch(/fabric\.x\.y +5 +1 +50s/);
    expect(text).toMatch(/k8s-sync\.x\.y +4 +0 +40s/);
    expect(text).not.toContain('fabric.empty.one');
    expect(text).toContain('! fabric holds back a.b m1: unroutable, came back 3 times, next try soon\n    2 more of the key k1 wait behind it\n! fabric holds back a.b m1: unroutable, came back 3 times, next try soon\n!');
    expect(text).toContain('! fabric HeddleDeadLetters: 2 messages were given up');
    expect(code).toBe(1);
    expect(JSON.parse((await run('bus', '-o', 'json')).text)).toEqual(bus);
  });

  it('tells the remedy of a refusal', async () => {
    await expect(run('fabric', 'get', 'nowhere')).rejects.toMatchObject({ problem: { remedy: 'Look again.' } });
    await expect(run('fabric', 'get', 'nowhere')).rejects.toThrow(RefusedError);
  });

  it('stores the login for its user alone', async () => {
    gateway.answers = { 'GET /api/v1/fabrics?limit=1': [{ items: [], next: null }] };
    const file = path.join(home, 'heddle', 'login.json');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, 'an older one', { mode: 0o644 });
    await run('login', '--url', gateway.url, '--token', 'other');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: gateway.url, token: 'other' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('refuses an object that is not Kind/name', async () => {
    await expect(run('fabric', 'sync', 'lab', 'vpc-1')).rejects.toThrow(/Kind\/name/);
  });

  const replay = (state: string, sent: number) => ({
    id: 'r1', number: 1, target: { type: 'queue', queue: 'fabric.cluster.state_changed' }, filter: {}, from: '2026-01-01T00:00:00.000Z', until: '2026-01-02T00:00:00.000Z', eventsPerSecond: 100, reason: 'lost', actor: null,
    state, message: '', archivedDays: 0, progress: { total: 10, scanned: sent, matched: sent, sent, position: '1', estimatedEnd: null }, createdAt: '2026-01-02T00:00:00.000Z', startedAt: null, finishedAt: null,
  });

  it('starts a replay and follows it to its end', async () => {
    gateway.answers = { 'POST /api/v1/replays': [replay('pending', 0)], 'GET /api/v1/replays/r1': [replay('running', 4), replay('completed', 10)] };
    const { text, code } = await run('replay', 'start', '--queue', 'fabric.cluster.state_changed', '--from', '2026-01-01T00:00:00Z', '--type', 'cluster.*', '--rate', '50', '--reason', 'lost');
    expect(asked[0]!.body).toEqual({ target: { type: 'queue', queue: 'fabric.cluster.state_changed' }, from: '2026-01-01T00:00:00Z', filter: { types: ['cluster.*'] }, eventsPerSecond: 50, reason: 'lost' });
    expect(text).toMatch(/running +40 % +4 of 10 looked at, 4 sent\n[\s\S]*completed/);
    expect(code).toBe(0);
    await expect(run('replay', 'start', '--from', 'x', '--reason', 'y')).rejects.toThrow(/--subscription or --queue/);
  });

  it('cancels a replay', async () => {
    gateway.answers = { 'DELETE /api/v1/replays/r1': [replay('cancelled', 3)] };
    expect((await run('replay', 'cancel', 'r1')).text).toContain('cancelled; 3 events were sent');
    expect(asked[0]).toMatchObject({ method: 'DELETE', body: null });
  });

  it('ends with 1 when the archive is not well', async () => {
    const task = { id: 't1', type: 'verify', firstDay: '2026-01-01', lastDay: '2026-01-02', state: 'completed', days: 2, daysDone: 2, findings: [{ day: '2026-01-02', message: 'damaged' }], error: null, reason: 'r', actor: null, createdAt: '', finishedAt: '' };
    gateway.answers = { 'POST /api/v1/archive/tasks': [task], 'GET /api/v1/archive/tasks/t1': [task] };
    const { text, code } = await run('archive', 'verify', '2026-01-01', '2026-01-02', '--reason', 'r');
    expect(text).toContain('✗ 2026-01-02: damaged\nverify completed: 1 of 2 days are well');
    expect(code).toBe(1);
  });

  it('shows the last events in the order in which they happened', async () => {
    const event = (position: string) => ({ position, loggedAt: '2026-01-01T00:00:00.000Z', event: { event_type: 'fabric.synced', source: `s${position}`, data: {}, metadata: { correlation_id: 'c' } } });
    gateway.answers = { 'GET /api/v1/events/log?types=fabric.*&correlation=c&limit=2': [{ items: [event('2'), event('1')], next: null }] };
    expect((await run('events', '--type', 'fabric.*', '--correlation', 'c', '--limit', '2')).text).toMatch(/s1[\s\S]*s2/);
  });
});

describe('heddle dlq', () => {
  const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
  const letter = {
    id, service: 'fabric', consumer: 'fabric.steps.finished', messageId: 'm1', type: 'steps.finished', source: 'k8s-sync', fabricId: null, correlationId: 'push-1', orderingKey: 'k', state: 'dead', holdsKey: true, reason: 'VAL-001',
    message: 'it is wrong', cause: '0123456789ab', pattern: 'it is wrong', attempts: 4, size: 9, firstFailedAt: new Date().toISOString(), lastFailedAt: new Date().toISOString(), closedAt: null, closedBy: null, note: null, replacedBy: null,
    headers: { h: 1 }, stack: 'Error\n    at somewhere', body: { encoding: 'json', content: { data: { a: 1 } }, complete: true, sha256: '' }, waiting: 2,
  };
  const group = { cause: letter.cause, service: 'fabric', consumer: letter.consumer, type: letter.type, reason: letter.reason, pattern: letter.pattern, count: 3, firstFailedAt: letter.firstFailedAt, lastFailedAt: letter.lastFailedAt };
  const progress = (more: object) => ({ done: 0, failed: 0, skipped: 0, remaining: 0, outcomes: [], unreachable: [], next: null, ...more });
  const sent = () => asked.filter(({ method }) => method === 'POST').map(({ body }) => body);

  it('lists with its flags as filter', async () => {
    gateway.answers = { [`GET /api/v1/dead-letters?service=fabric&fabricId=${id}&text=wrong&state=dead&limit=100`]: [{ items: [letter], next: null }] };
    expect((await run('dlq', 'list', '--service', 'fabric', '--fabric', id, '--text', 'wrong')).text).toMatch(new RegExp(`fabric/${id} +steps.finished +VAL-001 +0123456789ab +4`));
    await expect(run('dlq', 'list', '--older-than', 'soon')).rejects.toThrow(/no age/);
  });

  it('lists more than a page where more is asked for, and says what it leaves out', async () => {
    const page = (query: string, count: number, next: string | null) => ({ [`GET /api/v1/dead-letters?state=dead&${query}`]: [{ items: Array.from({ length: count }, () => letter), next }] });
    gateway.answers = { ...page('limit=100', 100, 'c2'), ...page('limit=500', 500, 'c3'), ...page('limit=101&cursor=c3', 101, 'c4'), ...page('limit=500&cursor=c3', 120, null) };
    expect((await run('dlq', 'list')).text).toMatch(/… and more: .*--limit/);
    expect((await run('dlq', 'list', '--limit', '601')).text.match(/steps\.finished/g)).toHaveLength(601);
    expect(JSON.parse((await run('dlq', 'list', '-o', 'json')).text)).toHaveLength(620);
    await expect(run('dlq', 'list', '--limit', '0')).rejects.toThrow(/--limit is '0'/);
  });

  it('finds a fabric by its name', async () => {
    gateway.answers = { 'GET /api/v1/fabrics/lab': [{ id }], [`GET /api/v1/dead-letters/groups?fabricId=${id}`]: [{ items: [group], next: null }], 'POST /api/v1/dead-letters/replay': [progress({ done: 3 })] };
    expect((await run('dlq', 'groups', '--fabric', 'lab')).text).toContain('0123456789ab');
    await run('dlq', 'replay', '--fabric', 'lab', '--yes');
    expect(sent()).toEqual([{ filter: { fabricId: id } }]);
  });

  it('groups by cause', async () => {
    gateway.answers = { 'GET /api/v1/dead-letters/groups': [{ items: [group], next: null }] };
    expect((await run('dlq', 'groups')).text).toMatch(/0123456789ab +3 +fabric\.steps\.finished/);
  });

  it('shows all that is kept of one', async () => {
    gateway.answers = { [`GET /api/v1/dead-letters/fabric/${id}`]: [letter] };
    const { text } = await run('dlq', 'show', `fabric/${id}`);
    for (const part of ['4 times', 'at somewhere', '"a": 1', '2 waiting, held', '{"h":1}']) expect(text).toContain(part);
    await expect(run('dlq', 'show', id)).rejects.toThrow(/service\/id/);
  });

  it('replays by name, and ends with 1 when one fails', async () => {
    gateway.answers = { 'POST /api/v1/dead-letters/replay': [progress({ done: 1 }), progress({ failed: 1, outcomes: [{ service: 'fabric', id, outcome: 'failed', message: 'still wrong' }] })] };
    expect((await run('dlq', 'replay', `fabric/${id}`)).code).toBe(0);
    expect(sent()).toEqual([{ letters: [{ service: 'fabric', id }] }]);
    const { text, code } = await run('dlq', 'replay', `fabric/${id}`);
    expect(text).toContain('still wrong');
    expect(code).toBe(1);
  });

  it('replays by filter chunk by chunk to the end', async () => {
    gateway.answers = { 'POST /api/v1/dead-letters/replay': [progress({ done: 500, remaining: 20, next: 'c2' }), progress({ done: 19, skipped: 1 })] };
    const { text, code } = await run('dlq', 'replay', '--code', 'VAL-001', '--yes');
    expect(sent()).toEqual([{ filter: { reason: 'VAL-001' } }, { filter: { reason: 'VAL-001' }, cursor: 'c2' }]);
    expect(text).toContain('500 done, 0 failed, 0 skipped, 20 to go');
    expect(text).toContain('519 done, 0 failed, 1 skipped.');
    expect(code).toBe(1);
  });

  it('ends when only services that are down are left', async () => {
    gateway.answers = { 'POST /api/v1/dead-letters/replay': [progress({ done: 1, next: 'c2', unreachable: [{ service: 'k8s-sync', message: 'not running' }] }), progress({ next: 'c2', unreachable: [{ service: 'k8s-sync', message: 'not running' }] })] };
    const { text, code } = await run('dlq', 'replay', '--code', 'x', '--yes');
    expect(text).toContain('k8s-sync was not reached: not running');
    expect(code).toBe(1);
  });

  it('asks before it acts by filter', async () => {
    gateway.answers = { 'GET /api/v1/dead-letters/groups?cause=0123456789ab': [{ items: [group], next: null }], 'POST /api/v1/dead-letters/discard': [progress({ done: 3 })] };
    const discard = () => run('dlq', 'discard', '--cause', '0123456789ab', '--reason', 'known');
    await expect(discard()).rejects.toThrow(/discard 3 dead letters.*--yes/);
    const told: string[] = [];
    let answer = 'n';
    ask = { tell: (line) => told.push(line), question: async () => answer };
    expect((await discard()).text).toContain('Nothing was done.');
    expect(sent()).toEqual([]);
    answer = 'y';
    expect((await discard()).text).toContain('3 done');
    expect(told[0]).toContain('3 of fabric.steps.finished: VAL-001');
    expect(sent()).toEqual([{ filter: { cause: '0123456789ab' }, reason: 'known' }]);
  });

  it('acts on nothing that was not named', async () => {
    await expect(run('dlq', 'replay')).rejects.toThrow(/give a filter/);
    await expect(run('dlq', 'replay', `fabric/${id}`, '--code', 'x')).rejects.toThrow(/not both/);
    expect(asked).toEqual([]);
  });

  it('edits in the editor, and leaves alone what was not changed', async () => {
    gateway.answers = { [`GET /api/v1/dead-letters/fabric/${id}`]: [letter], [`POST /api/v1/dead-letters/fabric/${id}/edit`]: [{ id, messageId: id, outcome: 'done', message: 'handled' }] };
    editor = 'true';
    expect((await run('dlq', 'edit', `fabric/${id}`)).text).toContain('Nothing was changed');
    expect(sent()).toEqual([]);
    editor = "sed -i.bak s/1/2/";
    await run('dlq', 'edit', `fabric/${id}`);
    expect(sent()).toEqual([{ data: { a: 2 } }]);
    editor = 'false';
    await expect(run('dlq', 'edit', `fabric/${id}`)).rejects.toThrow(/ended with 1/);
  });

  it('edits by a file', async () => {
    gateway.answers = { [`POST /api/v1/dead-letters/fabric/${id}/edit`]: [{ id, messageId: id, outcome: 'dead', message: 'wrong still' }] };
    const file = path.join(home, 'data.json');
    await writeFile(file, '{"a":3}');
    const { text, code } = await run('dlq', 'edit', `fabric/${id}`, '--file', file, '--type', 'steps.finished');
    expect(sent()).toEqual([{ data: { a: 3 }, type: 'steps.finished' }]);
    expect(text).toContain('is dead: wrong still');
    expect(code).toBe(1);
    await writeFile(file, '{"a":');
    await expect(run('dlq', 'edit', `fabric/${id}`, '--file', file)).rejects.toThrow(/not JSON/);
  });
});
