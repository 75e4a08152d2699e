import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriftService } from '../src/drifts/drift.service.ts';
import { SnoozeEnds } from '../src/drifts/snooze-ends.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { DiffService } from '../src/resources/diff.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { done, file, finish, KUBECTL, object, push, see, vpcSpec } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(() => bench.close());

const spec = (number: number, vlan: number) => ({ ...vpcSpec(number), subnets: { default: { subnet: `10.0.${number}.0/24`, gateway: `10.0.${number}.1`, vlan } } });
let version = 300_000;
const meddle = (id: string, number: number, vlan: number, more = {}) => see(bench, id, 'VPC', [{ kind: 'VPC', name: `vpc-${number}`, spec: { ...spec(number, vlan), ...more }, version: version += 1, managers: [KUBECTL] }]);
const service = () => bench.get(DriftService);
const list = async (id: string, filter: Partial<Parameters<DriftService['list']>[0]> = {}) => (await service().list({ fabric: id, limit: 10, ...filter })).items;
const only = async (id: string) => (await list(id))[0]!;
const history = async (id: string) => (await service().history({ fabric: id, limit: 10 })).items.map(({ verdict, reason }) => `${verdict}: ${reason}`);
const inAnHour = () => new Date(bench.now().getTime() + 3_600_000).toISOString();
const carryOut = async (id: string) => {
  for (const job of await jobsOf(bench, id)) await finish(bench, job, job.steps.map((step) => done(bench, step, String(version += 1))));
};

describe('a conflict', () => {
  it('is told by field, keeps the object back, and ends by taking Git', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    expect(await only(id)).toMatchObject({ conflict: false, severity: 'medium' });
    await push(bench, id, { from: 't1', to: 't2', files: [file('one.yaml', object('VPC', 'vpc-1', spec(1, 1500)))] });
    const drift = await only(id);
    expect(drift).toMatchObject({
      conflict: true, severity: 'critical', state: 'open', policy: 'ask',
      fields: [{ path: 'spec.subnets.default.vlan', base: 1001, desired: 1500, live: 1999, manager: 'kubectl-edit', operation: 'Update', conflict: true }],
    });
    expect(await jobsOf(bench)).toEqual([]);
    expect((await bench.get(PlanService).make({ fabric: id })).withheld).toMatchObject([{ name: 'vpc-1', reason: 'Conflict', message: expect.stringContaining('spec.subnets.default.vlan') }]);
    const resources = bench.get(ResourceService);
    expect((await resources.list({ fabric: id, conflict: true, limit: 10 })).items).toMatchObject([{ name: 'vpc-1', conflict: true }]);
    expect((await resources.list({ fabric: id, conflict: false, kind: 'VPC', limit: 10 })).items.map(({ name }) => name)).toEqual(['vpc-2']);
    expect(await resources.get({ fabric: id, kind: 'VPC', name: 'vpc-1' })).toMatchObject({ conflict: true, drift: [{ conflict: true, base: 1001 }] });
    expect((await bench.get(DiffService).list({ fabric: id, limit: 10 })).items).toMatchObject([{ kind: 'VPC', name: 'vpc-1', action: 'update', conflict: true, drifted: true, changes: [{ from: 1999, to: 1500 }] }]);
    await service().revert({ driftId: drift.id, reason: 'Git is right' });
    await carryOut(id);
    expect(await only(id)).toMatchObject({ state: 'resolved', resolution: 'reverted' });
    expect((await bench.get(DiffService).list({ fabric: id, limit: 10 })).items).toEqual([]);
    expect(await history(id)).toEqual(['revert: Git is right']);
  });

  it('keeps back what somebody changed elsewhere in the object, and ends when Git says the same', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    await push(bench, id, { from: 't1', to: 't2', files: [file('one.yaml', object('VPC', 'vpc-1', { ...spec(1, 1001), defaultIsolated: true }))] });
    expect(await only(id)).toMatchObject({ conflict: false });
    expect((await bench.get(PlanService).make({ fabric: id })).withheld).toMatchObject([{ name: 'vpc-1', reason: 'Drifted' }]);
    await push(bench, id, { from: 't2', to: 't3', files: [file('one.yaml', object('VPC', 'vpc-1', { ...spec(1, 1999), defaultIsolated: true }))] });
    expect(await only(id)).toMatchObject({ state: 'resolved', resolution: 'superseded' });
    expect((await bench.get(PlanService).make({ fabric: id })).steps).toMatchObject([{ name: 'vpc-1', action: 'update' }]);
  });
});

describe('a snooze', () => {
  it('lasts until its time, and is told of again then', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    const { id: driftId } = await only(id);
    await expect(service().snooze({ driftId, until: '2020-01-01T00:00:00Z', reason: 'x' })).rejects.toMatchObject({ code: 'VAL-021' });
    expect(await service().snooze({ driftId, until: inAnHour(), reason: 'change window' })).toMatchObject({ state: 'snoozed', snoozeReason: 'change window' });
    // The same difference under another version stays snoozed.
    await meddle(id, 1, 1999);
    await bench.get(SnoozeEnds).reopenDue();
    expect(await only(id)).toMatchObject({ state: 'snoozed' });
    await bench.published();
    bench.later(3_601_000);
    await bench.get(SnoozeEnds).reopenDue();
    expect(await only(id)).toMatchObject({ id: driftId, state: 'open', snoozedUntil: null });
    expect(dataOf(await bench.published(), 'drift.detected')).toMatchObject([{ items: [{ id: driftId, state: 'open' }] }]);
    expect(await history(id)).toEqual(['reopen: The time of the snooze is over.', 'snooze: change window']);
  });

  it('ends when the fields change, and with the drift itself', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    await service().snooze({ driftId: (await only(id)).id, until: inAnHour(), reason: 'later' });
    await meddle(id, 1, 1998);
    expect(await only(id)).toMatchObject({ state: 'open', fields: [{ live: 1998 }] });
    await service().snooze({ driftId: (await only(id)).id, until: inAnHour(), reason: 'later' });
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: version += 1 }]);
    expect(await only(id)).toMatchObject({ state: 'resolved', resolution: 'converged' });
  });
});

describe('policies by kind', () => {
  it('put back, observe and ask', async () => {
    const id = await runningFabric(bench, { drift: [{ kind: 'VPC', policy: 'observe_only' }] });
    await meddle(id, 1, 1999);
    expect(await only(id)).toMatchObject({ policy: 'observe_only' });
    await expect(service().revert({ driftId: (await only(id)).id })).rejects.toMatchObject({ code: 'STATE-042' });
    expect(await jobsOf(bench)).toEqual([]);
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { drift: [{ kind: 'VPC', policy: 'always_revert' }] } } });
    await carryOut(id);
    expect(await only(id)).toMatchObject({ state: 'resolved', resolution: 'reverted' });
    expect((await bench.get(OperationRequests).list({ fabric: id, limit: 1 })).items).toMatchObject([{ trigger: 'self_heal' }]);
    expect((await service().history({ fabric: id, limit: 1 })).items).toMatchObject([{ verdict: 'revert', actor: { type: 'system' }, kind: 'VPC', fields: [{ live: 1999 }] }]);
  });
});

describe('a bulk verdict', () => {
  it('answers for each drift, by ids and by filter', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    await meddle(id, 2, 1998);
    const ids = (await list(id)).map((drift) => drift.id);
    const unknown = '00000000-0000-4000-8000-000000000009';
    expect((await service().judge({ verdict: 'adopt', ids: [ids[0]!, unknown] })).items).toMatchObject([{ outcome: 'refused', code: 'STATE-043' }, { driftId: unknown, outcome: 'refused', code: 'STATE-012' }]);
    const snoozed = await service().judge({ verdict: 'snooze', filter: { fabric: id, text: 'vpc-2', manager: 'kubectl-edit' }, until: inAnHour(), reason: 'later' });
    expect(snoozed).toMatchObject({ more: false, items: [{ name: 'vpc-2', outcome: 'accepted' }] });
    expect(await list(id, { state: 'snoozed' })).toHaveLength(1);
    // One operation for both, the snoozed one named by its id.
    const reverted = await service().judge({ verdict: 'revert', ids });
    expect(new Set(reverted.items.map(({ outcome, operationId }) => `${outcome} ${operationId}`)).size).toBe(1);
    // An operation in progress keeps all of the fabric's drifts back.
    const again = await service().judge({ verdict: 'revert', ids });
    expect(again.items.map(({ code }) => code)).toEqual(['STATE-001', 'STATE-001']);
    await carryOut(id);
    expect((await list(id)).map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    const audit = await bench.database.query<{ action: string }>(`select action from audit where action like 'drift.%' order by sequence desc limit 2`);
    expect(audit.map(({ action }) => action)).toEqual(['drift.revert', 'drift.snooze']);
  });

  it('filters by severity, type and conflict', async () => {
    const id = await runningFabric(bench);
    await meddle(id, 1, 1999);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-2', spec: {}, version: version += 1, gone: true }]);
    const names = async (filter: Parameters<typeof list>[1]) => (await list(id, filter)).map(({ name }) => name);
    expect([await names({ severity: 'critical' }), await names({ type: 'changed' }), await names({ conflict: true }), await names({ kind: 'Switch' }), await names({ limit: 1 })]).toEqual([['vpc-2'], ['vpc-1'], [], [], ['vpc-2']]);
  });
});
