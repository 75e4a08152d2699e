import { Database } from '@heddle/platform';
import { normalise, type ResourceObject } from '@heddle/hedgehog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriftService } from '../src/drifts/drift.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { ValidationService } from '../src/findings/validation.service.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { AgentService } from '../src/convergence/agent.service.ts';
import { writeCursor } from '../src/paging/cursor.ts';
import { FreeService } from '../src/where/free.service.ts';
import { WhereService } from '../src/where/where.service.ts';
import { type FabricBench, openFabricBench } from './fabric-bench.ts';
import { file, namespaces, object, observed, push, removed, see, vpc, vpcSpec } from './messages-to-fabric.ts';
import { runningFabric } from './running-fabric.ts';
import { rowsRead, rowsScanned, seedObjects } from './seed-objects.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const found = async (id: string): Promise<string[]> => (await bench.get(FindingService).list({ fabric: id, limit: 100 })).items.map(({ rule, kind, name }) => `${rule} ${kind} ${name}`);
const attachment = (subnet: string) => object('VPCAttachment', 'at-1', { subnet, connection: 'c-1' });

/** What a controller of Hedgehog's maintains, as the watch projects it. */
async function observeAgents(id: string, kind: string, name: string, body: Record<string, unknown>): Promise<void> {
  const message = observed(id, kind, [{ kind, name, spec: {}, version: 1, managers: [] }], { mode: 'snapshot', now: bench.now() });
  message.items[0]!.object = body;
  await bench.handle((tx) => bench.get(AgentService).observe(tx, message));
}

describe('findings', () => {
  it('names who needs what Git dropped, and keeps it', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    await push(bench, id, { from: 't1', to: 't2', files: [file('peer.yaml', object('VPCPeering', 'p-1', { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }))] });
    await push(bench, id, { from: 't2', to: 't3', files: [removed('two.yaml')] });
    expect(await found(id)).toEqual(['reference-dropped VPCPeering p-1']);
    await see(bench, id, 'VPCPeering', [], 'snapshot');
    const { withheld, steps } = await bench.get(PlanService).make({ fabric: id });
    expect(withheld.map(({ name, reason }) => `${name} ${reason}`)).toEqual(['vpc-2 StillReferenced', 'p-1 Invalid']);
    expect(steps).toEqual([]);
    await push(bench, id, { from: 't3', to: 't4', files: [removed('peer.yaml')] });
    expect(await found(id)).toEqual([]);
    expect((await bench.get(PlanService).make({ fabric: id })).steps.map(({ action, name }) => `${action} ${name}`)).toEqual(['delete vpc-2']);
  });

  it('judges what a change takes away by how it lives', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    const { subnets } = vpcSpec(1) as { subnets: object };
    const both = { ...vpcSpec(1), subnets: { ...subnets, b: { subnet: '10.0.9.0/24', gateway: '10.0.9.1', vlan: 1009 } } };
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: both, version: 2_000, generation: 2 }]);
    expect(await found(id)).toEqual([]);
    await push(bench, id, { from: 't1', to: 't2', files: [file('at.yaml', attachment('vpc-1/b'))] });
    expect(await found(id)).toEqual(['vpc-subnet-in-use VPC vpc-1', 'reference-part-missing VPCAttachment at-1']);
    await push(bench, id, { from: 't2', to: 't3', files: [file('at.yaml', attachment('vpc-1/default'))] });
    expect(await found(id)).toEqual([]);
    await push(bench, id, { from: 't3', to: 't4', files: [file('at.yaml', attachment('vpc-1/b'))] });
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 2_001, generation: 3 }]);
    expect(await found(id)).toEqual(['reference-part-missing VPCAttachment at-1']);
  });

  it('moves what is said of all members with each', async () => {
    const { id } = await bench.newFabric();
    const peering = (name: string, other: string, cidr: string) => object('GatewayPeering', name, { peering: { 'vpc-1': { expose: [{ ips: [{ cidr: '10.0.1.0/25' }] }] }, [other]: { expose: [{ ips: [{ cidr }] }] } } });
    const third = object('VPC', 'vpc-3', { subnets: { default: { subnet: '10.0.2.0/24', vlan: 1003 } }, ipv4Namespace: 'other' });
    const other = object('IPv4Namespace', 'other', { subnets: ['10.0.0.0/16'] });
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', ...namespaces, other, vpc(1), vpc(2), third), file('one.yaml', peering('gp-1', 'vpc-2', '10.0.2.0/24')), file('two.yaml', peering('gp-2', 'vpc-3', '10.0.2.0/24'))] });
    expect(await found(id)).toEqual(['gateway-peering-exposed-once GatewayPeering gp-1', 'gateway-peering-exposed-once GatewayPeering gp-2']);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    expect(await found(id)).toEqual([]);
  });

  it('checks one change among 10,000 objects by reading a few rows', async () => {
    const cost = async (objects: number) => {
      const { id } = await bench.newFabric();
      await bench.handle((tx) => seedObjects(tx, id, objects));
      await bench.get(Database).query('analyze resource, reference, claim, manifest, finding');
      const changed = normalise({ ...vpc(1), metadata: { name: 'v-77' } } as unknown as ResourceObject);
      return bench.handle((tx) => rowsRead(tx, () => bench.get(ValidationService).indexAndValidate(tx, id, [{ kind: 'VPC', name: 'v-77', object: changed }])));
    };
    const few = await cost(200);
    const many = await cost(10_000);
    expect(many.all, JSON.stringify({ few, many })).toBeLessThan(few.all + 50);
  }, 30_000);
});

describe('where and free', () => {
  const find = async (q: string, fabric?: string) => (await bench.get(WhereService).find({ q, ...(fabric !== undefined && { fabric }) })).hits.map(({ fabric: name, kind, name: object, what, value }) => `${name} ${kind}/${object} ${what} ${value}`);
  const free = (fabric: string, wish: object) => bench.get(FreeService).find({ fabric, space: 'vlan', namespace: 'default', length: 24, count: 2, ...wish });

  it('finds what Git and the cluster have, the narrowest first', async () => {
    const { id, name } = await bench.newFabric();
    const profile = { ports: { 'E1/1': { profile: 'RJ' }, 'E1/2': { profile: 'RJ' }, 'E1/10': { profile: 'RJ' } }, portProfiles: { RJ: {} } };
    const mac = '0c:20:12:00:00:77';
    await push(bench, id, { from: null, to: 't1', files: [file('n.yaml', object('IPv4Namespace', 'default', { subnets: ['10.77.0.0/20'] }), object('VLANNamespace', 'default', { ranges: [{ from: 1770, to: 1773 }] })),
      file('v.yaml', object('VPC', 'vpc-77', { subnets: { default: { subnet: '10.77.1.0/24', vlan: 1771, dhcp: { enable: true, static: { [mac]: { ip: '10.77.1.9' } } } } } })),
      file('s.yaml', object('Switch', 'leaf-77', { role: 'server-leaf', profile: 'model', asn: 65177, protocolIP: '172.30.8.0/32' }), object('Connection', 'c-77', { unbundled: { link: { server: { port: 's-77/e1' }, switch: { port: 'leaf-77/E1/1/1' } } } }))] });
    await observeAgents(id, 'SwitchProfile', 'model', { spec: profile });
    await observeAgents(id, 'DHCPSubnet', 'vpc-77--default', { spec: {}, status: { allocated: { '02:00:00:00:00:77': { ip: '10.77.1.50', hostname: 'blade-7' } } } });
    await observeAgents(id, 'Catalog', 'default', { spec: { vpcVNIs: { 'vpc-77': 7700 } } });
    expect(await find('10.77.1.9', name)).toEqual([`${name} VPC/vpc-77 lease-ip 10.77.1.9`, `${name} VPC/vpc-77 subnet 10.77.1.0/24`, `${name} IPv4Namespace/default pool 10.77.0.0/20`]);
    expect(await find('10.77.0.0/16')).toEqual([`${name} VPC/vpc-77 subnet 10.77.1.0/24`, `${name} IPv4Namespace/default pool 10.77.0.0/20`]);
    expect(await find('10.77.1.50')).toContain(`${name} DHCPSubnet/vpc-77--default lease 10.77.1.50 02:00:00:00:00:77`);
    expect(await find('02-00-00-00-00-77')).toEqual([`${name} DHCPSubnet/vpc-77--default lease 10.77.1.50 02:00:00:00:00:77`]);
    expect(await find(mac.toUpperCase())).toEqual([`${name} VPC/vpc-77 lease-mac ${mac}`]);
    expect(await find('vlan:1771', name)).toEqual([`${name} VPC/vpc-77 vlan 1771`, `${name} VLANNamespace/default vlan-range 1770-1773`]);
    expect(await find('leaf-77/E1/1')).toEqual([`${name} Connection/c-77 port leaf-77/E1/1`]);
    expect(await find('65177')).toEqual([`${name} Switch/leaf-77 leaf-asn 65177`]);
    expect(await find('vni:7700')).toEqual([`${name} VPC/vpc-77 vni 7700`]);
    expect(await find('leaf-77')).toEqual([`${name} Switch/leaf-77 object leaf-77`, `${name} Connection/c-77 port leaf-77/E1/1`]);
    expect((await bench.get(WhereService).find({ q: 'vni:1', fabric: (await bench.newFabric()).name })).unknown).toHaveLength(1);
    expect(await free(id, {})).toEqual({ space: 'vlan', within: ['1770-1773'], free: ['1770', '1772'], total: 3 });
    expect(await free(id, { space: 'subnet' })).toMatchObject({ free: ['10.77.0.0/24', '10.77.2.0/24'] });
    expect(await free(id, { space: 'port', switch: 'leaf-77' })).toMatchObject({ free: ['E1/2', 'E1/10'], total: 2 });
    expect(await free(id, { space: 'protocol-ip' })).toMatchObject({ free: ['172.30.8.1/32', '172.30.8.2/32'], total: 1_023 });
    expect(await free(id, { space: 'asn' })).toMatchObject({ free: ['65101', '65102'], total: 432 });
    await expect(free(id, { namespace: 'other' })).rejects.toThrow(/no VLANNamespace other/);
    await expect(free(id, { space: 'port', switch: 'leaf-78' })).rejects.toThrow(/no Switch leaf-78/);
  });
});

describe('pages of 10,000 objects', () => {
  it('cost the page, whatever the filter', async () => {
    const { id } = await bench.newFabric();
    await bench.handle(async (tx) => {
      await seedObjects(tx, id, 10_000);
      // Many of each, of which the filters want few.
      await tx.query(`insert into finding (fabric_id, source, rule, severity, message, remedy, kind, name) select $1, 'object', 'r', case when i = 4999 then 'error' else 'warning' end, 'm', 'r', 'VPC', 'v-' || i from generate_series(1, 5000) i`, [id]);
      await tx.query(`insert into drift (id, fabric_id, kind, name, type, state, severity, fields, managers, live_hash, detected_at)
        select gen_random_uuid(), $1, case when i = 4999 then 'Switch' else 'VPC' end, 'd-' || i, 'changed', case when i = 4998 then 'reverting' else 'resolved' end, 'low', '[]', '{}', 'h', now() - i * interval '1 minute' from generate_series(1, 5000) i`, [id]);
      await tx.query(`insert into operation (id, fabric_id, number, type, trigger, actor, request, state, created_at, deadline) select gen_random_uuid(), $1, i, 'sync', 'manual', '{"type":"system","id":"x"}', '{}', 'completed', now() - i * interval '1 minute', now() from generate_series(1, 5000) i`, [id]);
      await tx.query(`update resource set state = 'applied' where fabric_id = $1 and name = 'c-999'`, [id]);
      // So that nothing is shown otherwise than it stands, as on a fabric whose cluster is seen.
      await tx.query(`insert into watch (fabric_id, kind, state, reason, message, last_heard_at, epoch, sequence, snapshot_at) select $1, kind, 'active', '', '', now(), 1, 1, now() from unnest(array['VPC', 'VPCAttachment', 'Connection']) kind on conflict do nothing`, [id]);
    });
    await bench.get(Database).query('analyze');
    const { dataSource } = bench.get(Database);
    const last = writeCursor(['VPCAttachment', 'at-9']);
    const old = writeCursor([new Date(Date.now() - 4_900 * 60_000).toISOString(), '00000000-0000-4000-8000-000000000000']);
    const resources = (filter: object) => () => bench.get(ResourceService).list({ fabric: id, limit: 50, ...filter });
    const findings = (filter: object) => () => bench.get(FindingService).list({ fabric: id, limit: 50, ...filter });
    const drifts = (filter: object) => () => bench.get(DriftService).list({ limit: 50, ...filter });
    const operations = (filter: object) => () => bench.get(OperationRequests).list({ fabric: id, limit: 50, ...filter });
    const costs: Record<string, number> = {};
    for (const [name, list] of Object.entries({
      'resources': resources({}), 'resources of a kind': resources({ kind: 'VPC' }), 'resources, the last page': resources({ cursor: last }), 'failed resources': resources({ state: 'failed' }),
      'failed VPCs': resources({ kind: 'VPC', state: 'failed' }),
      'findings': findings({}), 'errors': findings({ severity: 'error' }), 'findings of documents': findings({ source: 'document' }),
      'drifts': drifts({}), 'drifts of a fabric': drifts({ fabric: id }), 'reverting drifts': drifts({ fabric: id, state: 'reverting' }), 'drifts of a kind': drifts({ fabric: id, kind: 'Switch' }), 'old drifts': drifts({ fabric: id, cursor: old }),
      'operations': operations({}), 'old operations': operations({ cursor: old }),
    })) costs[name] = await rowsScanned(dataSource, list);
    expect(Object.entries(costs).filter(([, rows]) => rows > 700), JSON.stringify(costs)).toEqual([]);
  }, 60_000);
});
