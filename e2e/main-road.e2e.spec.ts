import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DriftView, Finding, OperationView, Page, ResourceDetail, ResourceView } from '@heddle/contracts';
import { exampleFolder } from '@heddle/fabric-simulator';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCommandLine } from './test/command-line.ts';
import { Mesh, SERVICE_ACCOUNT } from './mesh.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await Mesh.start({ fabrics: ['spine-leaf', 'mesh'], leastPrivilege: true, policies: { 'spine-leaf': { prune: true }, mesh: { automaticSync: false } } });
  await mesh.converged();
});
afterAll(() => mesh?.stop());

const lab = (vlan: number) => readFileSync(path.join(exampleFolder('spine-leaf'), 'vpcs/lab.yaml'), 'utf8').replace('vlan: 1240', `vlan: ${vlan}`);
const liveVlan = async (): Promise<unknown> => {
  const vpc = await mesh.fabric().kubectl.get('VPC', 'lab');
  return (vpc as unknown as { spec: { subnets: { default: { vlan: number } } } }).spec.subnets.default.vlan;
};

describe('the main road', () => {
  it('brings every object of the example to the switches', async () => {
    const resources = await mesh.resources();
    expect(resources.length).toBeGreaterThan(50);
    // Agents carry no copy of these: what can't be known isn't called healthy.
    const unknowable = (r: ResourceView) => ['Server', 'SwitchGroup'].includes(r.kind) && r.state === 'applied' && r.levels.switches === 'unknown';
    expect(resources.filter((r) => r.state !== 'synced' && !unknowable(r)).map((r) => `${r.kind}/${r.name} ${r.state} ${r.reason}`)).toEqual([]);
    expect((await mesh.rest.get<Page<Finding>>('fabrics/spine-leaf/findings')).items).toEqual([]);
  });

  it('says healthy only when the switches have answered', async () => {
    mesh.fabric().simulator.setDelays({ agentDelayMs: 900, applyDelayMs: 1_200 });
    const seen: { state: string; switches: string; vlan: unknown; equal: boolean }[] = [];
    const commit = await mesh.push({ 'spine-leaf/vpcs/lab.yaml': lab(1241) }, 'Move the lab to VLAN 1241');
    await eventually(async () => {
      const before = await liveVlan();
      const resource: ResourceDetail = await mesh.resource('VPC', 'lab');
      seen.push({ state: resource.state, switches: resource.levels.switches, vlan: before, equal: resource.levels.apiServer === 'equal' });
      const agents = (await agentsWithVlan(1241)).length;
      if (resource.state === 'synced' && before === 1241 && agents === 0) throw new Error('synced before any agent has it');
      return before === 1241 && resource.state === 'synced' && resource.levels.switches === 'converged';
    }, { timeout: 30_000, interval: 60 });
    expect(seen.some((one) => one.vlan === 1241 && one.equal && one.state === 'applied' && one.switches === 'pending')).toBe(true);
    mesh.fabric().simulator.setDelays({ agentDelayMs: 100, applyDelayMs: 200 });
    const view = await mesh.converged('spine-leaf', commit);
    expect(view.revision?.subject).toBe('Move the lab to VLAN 1241');
  });

  it('applies the rest of a push with one broken document', async () => {
    const good = 'apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: extra\nspec:\n  subnets:\n    default:\n      subnet: 10.64.77.0/24\n      vlan: 1277\n';
    const broken = 'apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: oops\nspec: {subnets: [\n';
    await mesh.push({ 'spine-leaf/vpcs/extra.yaml': `${good}---\n${broken}` }, 'Add two, one of them broken');
    await eventually(async () => (await mesh.resource('VPC', 'extra')).state === 'synced', { timeout: 30_000, interval: 200 });
    const { items } = await mesh.rest.get<Page<Finding>>('fabrics/spine-leaf/findings');
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      expect(item).toMatchObject({ rule: 'yaml-syntax', severity: 'error', path: 'vpcs/extra.yaml', document: 1 });
      expect(item.line).toBeGreaterThanOrEqual(10);
    }
  });

  it('keeps the last good state of a document that breaks', async () => {
    await mesh.push({ 'spine-leaf/vpcs/extra.yaml': 'kind: VPC\n  broken: [' }, 'Break it');
    await eventually(async () => (await mesh.resource('VPC', 'extra')).levels.git === 'held', { timeout: 20_000, interval: 200 });
    expect(await mesh.fabric().kubectl.get('VPC', 'extra')).not.toBeNull();
    await mesh.push({ 'spine-leaf/vpcs/extra.yaml': null }, 'Remove it');
    await eventually(async () => (await mesh.fabric().kubectl.get('VPC', 'extra')) === null, { timeout: 30_000, interval: 200 });
  });

  it('shows a foreign edit as drift and reverts it', async () => {
    await mesh.fabric().kubectl.edit('VPC', 'lab', { spec: { subnets: { default: { vlan: 1299 } } } });
    const drift = await eventually(async () => {
      const { items } = await mesh.rest.get<Page<DriftView>>('drifts?fabric=spine-leaf&state=open');
      return items.find((item) => item.kind === 'VPC' && item.name === 'lab') ?? false;
    }, { timeout: 20_000 });
    expect(drift.fields).toEqual([{ path: 'spec.subnets.default.vlan', desired: 1241, live: 1299, manager: 'kubectl-edit', operation: 'Update', time: expect.any(String) }]);
    expect((await mesh.resource('VPC', 'lab')).state).toBe('drifted');
    const operation = await mesh.rest.call<OperationView>('POST', `drifts/${drift.id}/revert`);
    await eventually(async () => (await mesh.rest.get<OperationView>(`operations/${operation.id}`)).state === 'completed', { timeout: 20_000 });
    expect(await liveVlan()).toBe(1241);
    await mesh.converged();
  });

  it('deletes attachments and peerings before their VPC', async () => {
    const start = mesh.fabric().api.requestLog.length;
    const removed = ['vpcs/web/vpc.yaml', 'vpcs/web/attachments.yaml', 'peerings/web--apps.yaml', 'externals/web--carrier.yaml'];
    const commit = await mesh.push(Object.fromEntries(removed.map((file) => [`spine-leaf/${file}`, null])), 'Retire web');
    await mesh.converged('spine-leaf', commit);
    const deletes = mesh.fabric().api.requestLog.slice(start).filter((r) => r.method === 'DELETE' && r.user === SERVICE_ACCOUNT && r.status === 200);
    const names = deletes.map((r) => `${r.resource}/${r.name}`);
    expect(names.at(-1)).toBe('vpcs/web');
    expect(names.filter((name) => name.startsWith('vpcattachments/'))).toHaveLength(4);
    expect(new Set(names).size).toBe(names.length);
    expect(await mesh.fabric().kubectl.get('VPC', 'web')).toBeNull();
  });

  it('leaves a VPC whose delete is refused and names the blocker', async () => {
    const connection = (await mesh.fabric().kubectl.list('Connection')).find((c) => 'unbundled' in (c as unknown as { spec: object }).spec && c.metadata.name !== 'batch-1--unbundled--leaf-b1')!;
    await mesh.fabric().kubectl.create({
      apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPCAttachment', metadata: { name: 'by-hand', namespace: 'default' },
      spec: { subnet: 'lab/default', connection: connection.metadata.name },
    } as never);
    await eventually(async () => (await mesh.resource('VPCAttachment', 'by-hand')).state === 'orphaned', { timeout: 15_000 });
    await mesh.push({ 'spine-leaf/vpcs/lab.yaml': null }, 'Retire the lab');
    const vpc = await eventually(async () => {
      const resource = await mesh.resource('VPC', 'lab');
      return resource.levels.git === 'absent' && /by-hand/.test(resource.message) ? resource : false;
    }, { timeout: 30_000, interval: 250 });
    expect(await mesh.fabric().kubectl.get('VPC', 'lab')).not.toBeNull();
    expect(await mesh.fabric().kubectl.get('VPCAttachment', 'by-hand')).not.toBeNull();
    expect(vpc.state).not.toBe('synced');
    await mesh.fabric().kubectl.delete('VPCAttachment', 'by-hand');
    await mesh.rest.call('POST', 'fabrics/spine-leaf/operations', {});
    await eventually(async () => (await mesh.fabric().kubectl.get('VPC', 'lab')) === null, { timeout: 30_000, interval: 250 });
    await mesh.converged();
  });

  it('deletes nothing when the directory becomes empty', async () => {
    const count = (await mesh.fabric().kubectl.list('VPC')).length;
    await mesh.work.git('rm', '-rq', 'spine-leaf');
    await mesh.push({ 'README.md': 'nothing left\n' }, 'Lose everything');
    await eventually(async () => (await mesh.view()).conditions.some((c) => c.type === 'SourceReady' && c.status !== 'True'), { timeout: 20_000 });
    expect((await mesh.fabric().kubectl.list('VPC')).length).toBe(count);
    const deletes = mesh.fabric().api.requestLog.filter((r) => r.method === 'DELETE' && r.resource === 'switches');
    expect(deletes).toEqual([]);
  });
});

describeCommandLine(() => mesh);

/** Agents that carry the lab with this VLAN and say that they applied it. */
async function agentsWithVlan(vlan: number): Promise<string[]> {
  const { api } = mesh.fabric();
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ connect: { ca: api.caPem } });
  try {
    const answer = await request(`${api.url}/apis/agent.githedgehog.com/v1beta1/namespaces/default/agents`, { dispatcher, headers: { authorization: `Bearer ${api.adminToken}` } });
    const { items } = await answer.body.json() as { items: { metadata: { name: string; generation: number }; spec: { vpcs?: Record<string, { subnets?: { default?: { vlan?: number } } }> }; status?: { lastAppliedGen?: number } }[] };
    return items.filter((agent) => agent.spec.vpcs?.['lab']?.subnets?.default?.vlan === vlan && agent.status?.lastAppliedGen === agent.metadata.generation).map((agent) => agent.metadata.name);
  } finally {
    await dispatcher.destroy();
  }
}
