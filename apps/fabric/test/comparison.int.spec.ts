import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriftService } from '../src/drifts/drift.service.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { ComparisonService } from '../src/resources/comparison.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { type FabricBench, openFabricBench } from './fabric-bench.ts';
import { file, KUBECTL, namespaces, object, push, see, vpcSpec } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(() => bench.close());

const vlan = (spec: Record<string, unknown>, value: number) => ({ ...spec, subnets: { default: { ...(spec['subnets'] as Record<string, object>)['default'], vlan: value } } });
const resource = (id: string, name = 'vpc-1') => bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name });
const drifts = async (id: string) => (await bench.get(DriftService).list({ fabric: id, limit: 10 })).items;
const update = (id: string, patch: Parameters<FabricService['update']>[0]['patch']) => bench.get(FabricService).update({ fabric: id, patch });
const RULE = { kind: 'VPC', path: 'spec.subnets.*.vlan' };

describe('an ignored field', () => {
  it('is no drift, is not planned, and stays as it lives', async () => {
    const id = await runningFabric(bench);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vlan(vpcSpec(1), 1999), version: 200_000, managers: [KUBECTL] }]);
    expect(await drifts(id)).toMatchObject([{ state: 'open' }]);
    expect(await update(id, { policy: { ignore: [RULE] } })).toMatchObject({ policy: { ignore: [RULE] } });
    expect(await drifts(id)).toMatchObject([{ state: 'resolved' }]);
    expect(await resource(id)).toMatchObject({ state: 'applied', levels: { apiServer: 'equal' }, diff: [], live: { spec: { subnets: { default: { vlan: 1999 } } } } });
    expect((await bench.get(PlanService).make({ fabric: id })).steps).toEqual([]);
    // Git changes another field: the ignored one, which somebody else owns, is not sent.
    await push(bench, id, { from: 't1', to: 't2', files: [file('one.yaml', object('VPC', 'vpc-1', { ...vpcSpec(1), defaultIsolated: true }))] });
    const [job] = await jobsOf(bench);
    expect(job?.steps.map(({ body }) => body?.['spec'])).toEqual([{ ...vpcSpec(1), defaultIsolated: true, subnets: { default: { subnet: '10.0.1.0/24', gateway: '10.0.1.1' } } }]);
  });

  it('counts again when the rule is gone', async () => {
    const id = await runningFabric(bench, { ignore: [RULE] });
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vlan(vpcSpec(1), 1999), version: 200_000, managers: [KUBECTL] }]);
    expect(await drifts(id)).toEqual([]);
    await update(id, { policy: { ignore: [] } });
    expect(await drifts(id)).toMatchObject([{ state: 'open', fields: [{ path: 'spec.subnets.default.vlan', desired: 1001, live: 1999 }] }]);
  });

  it('is one only while the named manager wrote it', async () => {
    const id = await runningFabric(bench, { ignore: [{ ...RULE, managers: ['kubectl-edit'] }] });
    const write = (version: number, manager: string) => see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vlan(vpcSpec(1), 1999), version, managers: [{ ...KUBECTL, manager }] }]);
    await write(200_000, 'kubectl-edit');
    expect(await drifts(id)).toEqual([]);
    await write(200_001, 'other');
    expect(await drifts(id)).toMatchObject([{ state: 'open', managers: ['other'] }]);
    await write(200_002, 'kubectl-edit');
    expect(await drifts(id)).toMatchObject([{ state: 'resolved' }]);
  });

  it('is refused where no kind has it', async () => {
    const id = await runningFabric(bench);
    await expect(update(id, { policy: { ignore: [RULE, { kind: 'VPC', path: 'spec.nothing' }] } })).rejects.toMatchObject({ code: 'VAL-020', errors: [{ field: 'policy.ignore[1].path' }] });
    expect(await bench.get(FabricService).get(id)).toMatchObject({ policy: { ignore: [] } });
  });
});

describe('an upgrade of the normaliser', () => {
  it('compares all objects anew, in chunks, without a drift or a step', async () => {
    const id = await runningFabric(bench);
    // As if an earlier normaliser had made the hashes: other bodies, under other names.
    await bench.database.query(
      `with old as (select r.kind, r.name, 'old-' || r.desired_hash as hash, m.body from resource r join manifest m on m.fabric_id = r.fabric_id and m.hash = r.desired_hash where r.fabric_id = $1),
         stored as (insert into manifest (fabric_id, hash, body) select $1, hash, case when kind = 'VPC' then body #- '{spec,subnets,default,gateway}' else body end from old)
       update resource r set desired_hash = o.hash, live_hash = o.hash, base_hash = o.hash, comparison = '0/26.03' from old o where r.fabric_id = $1 and r.kind = o.kind and r.name = o.name`, [id]);
    await bench.database.query(`update fabric set comparison = '0/26.03' where id = $1`, [id]);
    await expect(bench.get(PlanService).make({ fabric: id })).rejects.toMatchObject({ code: 'STATE-022' });
    await bench.published();
    await bench.get(ComparisonService).catchUp();
    expect(await bench.database.query(`select distinct comparison, desired_hash like 'old%' as old, desired_hash = live_hash and live_hash = base_hash as equal from resource where fabric_id = $1`, [id]))
      .toMatchObject([{ old: false, equal: true }]);
    expect([await drifts(id), (await bench.get(PlanService).make({ fabric: id })).steps, await jobsOf(bench)]).toEqual([[], [], []]);
    expect(await bench.get(FabricService).get(id)).toMatchObject({ sync: { state: 'in_sync' } });
  });

  it('compares an object anew before it takes in a newer picture of it', async () => {
    const id = await runningFabric(bench);
    await bench.database.query(`update resource set comparison = '0/26.03' where fabric_id = $1 and name = 'vpc-1'`, [id]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 200_000 }]);
    expect(await drifts(id)).toEqual([]);
    expect(await bench.database.query(`select distinct comparison from resource where fabric_id = $1`, [id])).toHaveLength(1);
  });

  it('leaves the rows of a newer Heddle alone', async () => {
    const id = await runningFabric(bench);
    await bench.database.query(`update fabric set comparison = '999/26.03' where id = $1`, [id]);
    await bench.get(ComparisonService).catchUp();
    expect(await bench.database.query('select comparison from fabric where id = $1', [id])).toEqual([{ comparison: '999/26.03' }]);
  });
});

describe('the release of a fabric', () => {
  it('decides which fields are taken, and can be changed', async () => {
    const id = await runningFabric(bench, {});
    const newer = { ...vpcSpec(1), subnets: { default: { subnet: '10.0.1.0/24', hostBGP: true, hostBGPMinPrefixLen: 28 } } };
    await push(bench, id, { from: 't1', to: 't2', files: [file('pools.yaml', ...namespaces), file('one.yaml', object('VPC', 'vpc-1', newer))] });
    const findings = async () => (await bench.get(FindingService).list({ fabric: id, limit: 10 })).items.map(({ rule, field }) => `${rule} ${field}`);
    expect(await findings()).toEqual([]);
    expect(await update(id, { release: '26.01' })).toMatchObject({ release: '26.01' });
    expect(await findings()).toEqual(['schema-other-release spec.subnets.default.hostBGPMinPrefixLen']);
    await update(id, { release: '26.03' });
    expect(await findings()).toEqual([]);
  });
});

