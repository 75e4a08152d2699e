import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DriftView, Explanation, Finding, OperationSummary, OperationView, Page } from '@heddle/contracts';
import { exampleFolder } from '@heddle/fabric-simulator';
import { eventually } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HealthWitness } from './health-witness.ts';
import { Mesh } from './mesh.ts';
import { vpcDocument } from './vpc-document.ts';

// A lost heartbeat alone takes a minute to show.
vi.setConfig({ testTimeout: 240_000 });

// One running mesh for all of them: each fault is taken back, and the fabric must be whole again before the next.
let mesh: Mesh;
let from = 0;
// Every claim that something is on the switches, of all the cases and between them, is held against what the switches had applied.
const witness = new HealthWitness('mesh');
beforeAll(async () => {
  const environment = { HEDDLE_CLUSTER_RETRY_MS: '2000', HEDDLE_CLUSTER_PROBE_MS: '4000', HEDDLE_WATCH_IDLE_MS: '8000', HEDDLE_WATCH_TIMEOUT_SECONDS: '6' };
  mesh = await Mesh.start({ fabrics: ['mesh'], policies: { mesh: { prune: true } }, environment, onApplied: witness.onApplied });
  await witness.listen(mesh.databaseUrl, mesh.rest);
  await mesh.converged('mesh');
}, 400_000);
afterAll(async () => {
  await witness.close();
  await mesh?.stop();
});

const api = () => mesh.fabric('mesh').api;
const office = (vlan: number) => readFileSync(path.join(exampleFolder('mesh'), 'tenants/office.yaml'), 'utf8').replace('vlan: 101', `vlan: ${vlan}`);
const explain = (object?: string): Promise<Explanation> => mesh.rest.get(`fabrics/mesh${object ? `/resources/${object}` : ''}/explain`);

/** Waits until the explanation names the cause, which is never called done then */
async function names(cause: RegExp, object?: string, timeout = 40_000): Promise<Explanation> {
  return eventually(async () => {
    const explanation = await explain(object);
    if (!cause.test(`${explanation.blocker?.reason}: ${explanation.summary}`)) throw new Error(`${explanation.blocker?.reason}: ${explanation.summary}`);
    expect(explanation.converged).toBe(false);
    return explanation;
  }, { timeout, interval: 100 });
}

/** Heddle's deletes since the last call, as `vpcs/name`. */
function deletes(): string[] {
  return api().requestLog.slice(from).filter((request) => request.method === 'DELETE' && request.user === 'heddle').map(({ resource, name }) => `${resource}/${name}`);
}

/** Whatever goes wrong: each operation says what it waits for, or how it ended. */
async function everyOperationIsExplained(): Promise<void> {
  for (const { id } of (await mesh.rest.get<Page<OperationSummary>>('operations?fabric=mesh&limit=20')).items) {
    const { state, wait, reason, message, steps, owner, heartbeatAt } = await mesh.rest.get<OperationView>(`operations/${id}`);
    if (state === 'in_progress' || state === 'pending') {
      expect({ id, state, owner, waits: wait !== null || steps.every((step) => step.state === 'done') }).toMatchObject({ owner: expect.any(String), waits: true });
      if (state === 'in_progress') expect(heartbeatAt).not.toBeNull();
    } else {
      expect({ id, state, said: reason !== '' && message !== '' }).toMatchObject({ said: true });
    }
  }
}

/** Since the last look. */
async function nothingWasClaimedTooEarly(): Promise<{ claims: number; announced: number }> {
  const { untrue, ...seen } = await witness.sinceLast();
  expect(untrue).toEqual([]);
  return seen;
}

/** Pushes, and while the fault lasts looks that nothing unasked is deleted and each operation is explained. */
async function pushUnder(files: Record<string, string | null>, cause: RegExp, object: string, timeout?: number): Promise<string> {
  const commit = await mesh.push(files, 'Under a fault');
  await names(cause, object, timeout);
  const kind = object.split('/')[0]!;
  const resource = await mesh.resource(kind, object.split('/')[1]!, 'mesh');
  expect(resource.state).not.toBe('synced');
  expect(resource.levels.switches).not.toBe('converged');
  expect((await mesh.view('mesh')).conditions.find(({ type }) => type === 'Converged')!.status).not.toBe('True');
  await everyOperationIsExplained();
  return commit;
}

afterEach(async () => {
  from = api().requestLog.length;
  await everyOperationIsExplained();
  await nothingWasClaimedTooEarly();
});

describe('a switch that', () => {
  it.each([
    ['hangs', 'hang', /WaitingForSwitch: .*knot-1: generation \d+ of \d+ is applied/],
    ['refuses its configuration', 'refuse', /knot-1: generation \d+ of \d+ is applied; .*refused/],
  ] as const)('%s is named, and nothing is healthy before it follows', async (_what, fault, cause) => {
    const { simulator } = mesh.fabric('mesh');
    simulator.setFault('knot-1', fault);
    const commit = await pushUnder({ 'mesh/tenants/office.yaml': office(fault === 'hang' ? 103 : 104) }, cause, 'VPC/office');
    await names(/knot-1/);
    simulator.setFault('knot-1', 'none');
    // What was refused is tried again with the next generation.
    const last = fault === 'refuse' ? await mesh.push({ 'mesh/tenants/office.yaml': office(105) }, 'Once more') : commit;
    await mesh.converged('mesh', last);
    expect(await explain('VPC/office')).toMatchObject({ converged: true, blocker: null });
    expect(deletes()).toEqual([]);
  });

  it('loses its heartbeat is unknown, with the time of the last one', async () => {
    const { simulator } = mesh.fabric('mesh');
    simulator.setFault('knot-1', 'no-heartbeat');
    await pushUnder({ 'mesh/tenants/office.yaml': office(106) }, /HeartbeatStale: .*knot-1: no heartbeat since \d{4}-/, 'VPC/office', 100_000);
    expect((await explain('VPC/office')).blocker).toMatchObject({ level: 'switches', state: 'unknown', remedy: expect.stringContaining('agent') });
    simulator.setFault('knot-1', 'none');
    await mesh.converged('mesh', undefined, 90_000);
    expect(deletes()).toEqual([]);
  });

  it('flaps is followed, and never called done before it has applied', async () => {
    const { simulator } = mesh.fabric('mesh');
    await nothingWasClaimedTooEarly();
    simulator.setFault('knot-1', 'flap');
    // Slow enough that a claim on the first word of the other switch, or of an older generation, would come before.
    simulator.setDelays({ applyDelayMs: 2_500 });
    const commit = await mesh.push({ 'mesh/tenants/office.yaml': office(107) }, 'While it flaps');
    await eventually(async () => {
      const resource = await mesh.resource('VPC', 'office', 'mesh');
      return resource.state === 'synced' && JSON.stringify(resource.live).includes('107');
    }, { timeout: 40_000, interval: 200 });
    const { claims, announced } = await nothingWasClaimedTooEarly();
    expect([claims > 0, announced > 0]).toEqual([true, true]);
    // It is told once of what comes and goes, as long as it does.
    await eventually(async () => expect((await explain('Switch/knot-1')).notes.join('\n')).toMatch(/knot-1\/E1\/4[78] has no link to knot-.*\[port-down\]/), { timeout: 60_000, interval: 500 });
    simulator.setDelays({ applyDelayMs: 200 });
    simulator.setFault('knot-1', 'none');
    await mesh.converged('mesh', commit);
    expect(deletes()).toEqual([]);
  });
});

describe('switches that', () => {
  it('are cabled wrongly, have shut a port or wait for a reboot are told of at what that touches', async () => {
    const { simulator } = mesh.fabric('mesh');
    const faults = { 'knot-1': 'wrong-cable', 'knot-2': 'err-disabled', 'knot-3': 'reboot' } as const;
    for (const [name, fault] of Object.entries(faults)) simulator.setFault(name, fault);
    // A neighbour is told of once it has been there for a minute.
    const found = await eventually(async () => {
      const { items } = await mesh.rest.get<Page<Finding>>('fabrics/mesh/findings?source=agent&limit=500');
      if (!items.some(({ rule }) => rule === 'lldp-neighbor')) throw new Error(items.map(({ message }) => message).join('; '));
      return items.map(({ rule, kind, name, message }) => `${rule} ${kind}/${name}: ${message}`);
    }, { timeout: 120_000, interval: 500 });
    for (const pattern of [
      /^lldp-neighbor Switch\/knot-1: .* is cabled to stranger-1\/E1\/1; knot-1--mesh--knot-. says knot-/, /^lldp-neighbor Connection\/knot-1--mesh--knot-/,
      /^port-err-disabled Switch\/knot-2: knot-2\/E1\/\d+ was shut down for errors/, /^port-err-disabled Connection\//, /^agent-reboot-required Switch\/knot-3: /,
    ]) expect(found).toContainEqual(expect.stringMatching(pattern));
    expect((await explain('Switch/knot-1')).notes).toContainEqual(expect.stringContaining('[lldp-neighbor]'));
    expect((await mesh.view('mesh')).conditions).toContainEqual(expect.objectContaining({ type: 'AgentsHealthy', status: 'False' }));
    for (const name of Object.keys(faults)) simulator.setFault(name, 'none');
    await mesh.converged('mesh');
    expect(deletes()).toEqual([]);
  });
});

describe('an API server that', () => {
  let n = 0;
  const next = (): { name: string; files: Record<string, string> } => {
    n += 1;
    return { name: `f-${n}`, files: { [`mesh/tenants/f-${n}.yaml`]: vpcDocument('mesh', `f-${n}`, n) } };
  };

  it('is slow is what a step in hand waits for', async () => {
    const { name, files } = next();
    api().setLatency(2_500);
    const commit = await pushUnder(files, /InHand: .*Waits for the answer of the API server/, `VPC/${name}`);
    api().setLatency(0);
    await mesh.converged('mesh', commit);
    expect(deletes()).toEqual([]);
  });

  it.each([
    ['is overloaded', { status: 429, retryAfterSeconds: 2 }, /TooManyRequests: .*try \d+, until/],
    ['fails', { status: 500 }, /(ServerError|ClusterUnreachable): /],
    ['has a webhook that does not answer', { status: 500, message: 'Internal error occurred: failed calling webhook "vpc": context deadline exceeded' }, /WebhookUnavailable: .*context deadline exceeded/],
  ])('%s is named with the next try', async (_what, failure, cause) => {
    const { name, files } = next();
    const heal = api().failRequests({ ...failure, when: (request) => request.verb === 'patch' && request.name === name });
    const commit = await pushUnder(files, cause, `VPC/${name}`);
    const { blocker } = await explain(`VPC/${name}`);
    expect(blocker).toMatchObject({ level: 'applied', remedy: expect.any(String) });
    heal();
    await mesh.converged('mesh', commit, 90_000);
    expect(deletes()).toEqual([]);
  });

  it('leaves its watches half open hides no change made by hand', async () => {
    api().silenceWatches(({ user }) => user === 'heddle');
    await mesh.fabric('mesh').kubectl.edit('VPC', 'office', { spec: { subnets: { default: { vlan: 109 } } } });
    const explanation = await names(/Drifted: .*somebody changed it in the cluster by kubectl-edit/, 'VPC/office');
    expect(explanation.blocker).toMatchObject({ level: 'planned', state: 'blocked', remedy: expect.stringContaining('revert') });
    const [drift] = (await mesh.rest.get<Page<DriftView>>('drifts?fabric=mesh&state=open')).items;
    await mesh.rest.call('POST', `drifts/${drift!.id}/revert`);
    await mesh.converged('mesh');
    expect(deletes()).toEqual([]);
  });

  it('answers each watch with 410 for a while is read again, and loses nothing', async () => {
    const { simulator } = mesh.fabric('mesh');
    const calm = api().failRequests({ status: 410, when: (request) => request.verb === 'watch' && request.user === 'heddle' });
    onTestFinished(calm);
    api().closeWatches();
    // What is waited for is named from lists alone, and so is its end.
    simulator.setFault('knot-1', 'hang');
    const commit = await pushUnder({ 'mesh/tenants/office.yaml': office(108) }, /WaitingForSwitch: .*knot-1: generation \d+ of \d+ is applied/, 'VPC/office', 60_000);
    simulator.setFault('knot-1', 'none');
    await mesh.converged('mesh', commit, 90_000);
    calm();
    expect(api().requestLog.filter(({ verb, status }) => verb === 'watch' && status === 410).length).toBeGreaterThan(50);
    await mesh.converged('mesh', commit, 90_000);
    expect(deletes()).toEqual([]);
  });

  it('refuses the token in the middle of a sync is named, and the sync goes on with a new one', async () => {
    const names12 = Array.from({ length: 12 }, (_, index) => `g-${index}`);
    const since = api().requestLog.length;
    // What comes before the others holds them, so that they are certain to be left when the token ends.
    api().setLatency(400);
    const commit = await mesh.push(Object.fromEntries(names12.map((name, index) => [`mesh/tenants/${name}.yaml`, vpcDocument('mesh', name, 30 + index)])), 'A dozen');
    const heal = api().failRequests({ status: 429, retryAfterSeconds: 1, when: (request) => request.verb === 'patch' && request.name === 'g-11' });
    await eventually(() => api().requestLog.slice(since).some((request) => request.verb === 'patch' && request.name.startsWith('g-') && request.status < 300 && request.status > 0), { timeout: 30_000, interval: 5 });
    const world = mesh.fabric('mesh');
    api().revokeToken(world.token);
    heal();
    api().setLatency(0);
    api().closeWatches();
    await names(/Unauthorized/, 'VPC/g-11');
    await names(/Unauthorized/);
    await everyOperationIsExplained();
    world.token = api().createUser('heddle', ['system:masters']);
    await mesh.rest.call('PUT', 'fabrics/mesh/cluster', { server: api().url, certificateAuthority: api().caPem, authentication: { type: 'token', token: world.token } });
    await mesh.converged('mesh', commit, 90_000);
    expect(deletes()).toEqual([]);
  });
});

describe('a repository that', () => {
  const refresh = () => mesh.rest.call('POST', 'repositories/network/refresh');

  it('does not answer is named, and everything stays', async () => {
    mesh.git.failWith(503);
    await refresh();
    const { blocker } = await names(/can't be compared with Git: Git can't be read/);
    expect(blocker).toMatchObject({ level: 'git', state: 'unknown' });
    await names(/Git can't be read/, 'VPC/office');
    mesh.git.failWith(undefined);
    await refresh();
    await mesh.converged('mesh', undefined, 90_000);
    expect(deletes()).toEqual([]);
  });

  it('loses its branch is named, and everything stays', async () => {
    await mesh.work.git('-C', mesh.git.path('network'), 'update-ref', '-d', 'refs/heads/main');
    await refresh();
    await names(/Git can't be read: .*main/);
    await names(/Git can't be read/, 'VPC/office');
    expect(await mesh.fabric('mesh').kubectl.get('VPC', 'office')).not.toBeNull();
    await mesh.work.push();
    await refresh();
    await mesh.converged('mesh', undefined, 90_000);
    expect(deletes()).toEqual([]);
  });

  it('is force-pushed is followed by what it has, and deletes only what it has no more', async () => {
    const added = await mesh.push({ 'mesh/tenants/h.yaml': vpcDocument('mesh', 'h', 60) }, 'Soon taken back');
    await mesh.converged('mesh', added);
    mesh.work.write({ 'mesh/tenants/h-2.yaml': vpcDocument('mesh', 'h-2', 62) });
    await mesh.work.git('add', '--all');
    await mesh.work.git('commit', '--quiet', '--amend', '-m', 'Rewritten');
    await mesh.work.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    await refresh();
    await eventually(async () => (await mesh.fabric('mesh').kubectl.get('VPC', 'h-2')) !== null, { timeout: 30_000, interval: 200 });
    await mesh.converged('mesh');
    expect(deletes()).toEqual([]);
    await mesh.work.git('reset', '--quiet', '--hard', 'HEAD~1');
    await mesh.work.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    await refresh();
    await eventually(async () => (await mesh.fabric('mesh').kubectl.list('VPC')).every(({ metadata: { name } }) => name !== 'h' && name !== 'h-2'), { timeout: 30_000, interval: 200 });
    await mesh.converged('mesh');
    expect(deletes().toSorted()).toEqual(['vpcs/h', 'vpcs/h-2']);
  });

  it('grows by 10,000 files goes on, and loses them again without a delete that nobody approved', async () => {
    const before = await mesh.work.git('rev-parse', 'HEAD');
    const server = (index: number) => `apiVersion: wiring.githedgehog.com/v1beta1\nkind: Server\nmetadata:\n  name: rack-${index}\nspec:\n  description: number ${index}\n`;
    const racks = (from: number, to: number, document: (index: number) => string | null) => Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`mesh/racks/${at % 100}/${from + at}.yaml`, document(from + at)]));
    // With those that are there it is more than is read of one fabric.
    await mesh.push({ ...racks(0, 10_000, server), 'mesh/tenants/i.yaml': vpcDocument('mesh', 'i', 61) }, 'Ten thousand files');
    await names(/LimitExceeded: .*Git can't be read: .*at most 10000 are read/);
    const commit = await mesh.push(racks(9_900, 10_000, () => null), 'A hundred less');
    await mesh.converged('mesh', commit, 400_000);
    expect(await explain('VPC/i')).toMatchObject({ converged: true });
    expect((await mesh.view('mesh')).counts.resources).toBeGreaterThan(9_900);
    await mesh.work.git('push', '--quiet', '--force', 'origin', `${before}:refs/heads/main`);
    await refresh();
    await names(/ApprovalNeeded: .*9901 object\(s\) are kept back/, undefined, 120_000);
    await names(/ApprovalNeeded: .*VPC i is not deleted/, 'VPC/i');
    expect(deletes()).toEqual([]);
    await mesh.work.push();
    await refresh();
    await mesh.converged('mesh', commit, 200_000);
    expect(deletes()).toEqual([]);
  }, 900_000);
});
