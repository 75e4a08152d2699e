import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { AgentService } from '../src/convergence/agent.service.ts';
import { FreeService } from '../src/where/free.service.ts';
import { WhereService } from '../src/where/where.service.ts';
import { type FabricBench, openFabricBench } from './fabric-bench.ts';
import { file, namespaces, object, observed, push, removed, see, vpc, vpcSpec } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';

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

it('hangs on what the installer switched on, and is judged anew when that changes', async () => {
  const id = await runningFabric(bench);
  await see(bench, id, 'VPCPeering', [], 'snapshot');
  await push(bench, id, { from: 't1', to: 't2', files: [file('peering.yaml', object('VPCPeering', 'p', { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }))] });
  const update = (patch: Parameters<FabricService['update']>[0]['patch']) => bench.get(FabricService).update({ fabric: id, patch });
  const steps = async () => (await jobsOf(bench, id)).flatMap((job) => job.steps.map(({ stepId }) => stepId));
  expect(await update({ installation: { vpcPeering: false } })).toMatchObject({ installation: { gateway: true, vpcPeering: false, switchProfiles: null }, counts: { findings: 1 } });
  expect((await bench.get(FindingService).list({ fabric: id, limit: 10 })).items).toMatchObject([{ rule: 'vpc-peering-enabled', kind: 'VPCPeering', name: 'p' }]);
  expect(await steps()).toEqual([]);
  expect(await update({ installation: { gateway: false } })).toMatchObject({ installation: { gateway: false, vpcPeering: false } });
  await update({ installation: { vpcPeering: true } });
  expect(await steps()).toEqual(['create/VPCPeering/p']);
  const version = async () => (await bench.database.query('select desired_version from fabric where id = $1', [id]))[0];
  const before = await version();
  expect(await update({ installation: { gateway: false, switchProfiles: null } })).toMatchObject({ installation: { gateway: false, vpcPeering: true } });
  expect(await version()).toEqual(before);
});

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
