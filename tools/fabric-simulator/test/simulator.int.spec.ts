import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultObject } from '../src/defaulting/default-object.ts';
import { exampleObjects } from '../src/example-objects.ts';
import { faultAnnotation, type Fault } from '../src/controller/fault.ts';
import type { Body, KubeObject } from '../src/kube/kube-object.ts';
import { eventually, FabricOnTrial } from './fabric-on-trial.ts';

let trial: FabricOnTrial;
beforeAll(async () => {
  trial = await FabricOnTrial.start();
});
afterAll(() => trial.close());

const objects = exampleObjects('spine-leaf');
const named = (kind: string, name: string): KubeObject => structuredClone(objects.find((object) => object.kind === kind && object.metadata.name === name)!);

/** The named example object with an edit, as it would be applied. */
function edited(kind: string, name: string, edit: (spec: Body) => void): KubeObject {
  const object = named(kind, name);
  edit(object.spec!);
  return object;
}

describe('the example on a simulated fabric', () => {
  it('is admitted in order and converges', async () => {
    for (const object of objects) await trial.apply(object);
    expect((await trial.converged(6)).map(({ metadata }) => metadata.name).sort()).toEqual(['leaf-a1', 'leaf-a2', 'leaf-b1', 'leaf-b2', 'spine-east', 'spine-west']);
    expect(trial.errors).toEqual([]);
  });

  it('stands in the cluster as the defaulting says', async () => {
    for (const object of objects) {
      const live = await trial.client.get(trial.pathOf(object));
      const wanted = defaultObject(object);
      if (object.metadata.name === 'spine-east') Object.assign(wanted.spec!.linkFlapErrDisable, { samplingInterval: 30, recoveryInterval: 300 });
      expect({ labels: live.metadata.labels, spec: live.spec }).toEqual({ labels: wanted.metadata.labels, spec: wanted.spec });
    }
  });

  it('changes nothing when applied again', async () => {
    for (const object of objects) {
      const before = await trial.client.get(trial.pathOf(object));
      const after = await trial.apply(object);
      expect([object.metadata.name, after.metadata.generation]).toEqual([object.metadata.name, before.metadata.generation]);
    }
  });

  it('is carried by the agents as it is stored', async () => {
    const leaf = await trial.agent('leaf-b1');
    for (const [kind, path, name] of [['VPC', 'vpcs', 'data'], ['Connection', 'connections', 'stor-1--eslag--leaf-b1--leaf-b2'], ['Switch', 'switches', 'spine-west'], ['VPCAttachment', 'vpcAttachments', 'data--db-2--eslag--leaf-b1--leaf-b2']] as const) {
      const live = await trial.client.get(trial.pathOf({ kind, metadata: { name } }));
      expect(leaf.spec?.[path][name]).toEqual(live.spec);
    }
  });

  it('shows state with counters, sessions and secrets', async () => {
    const leaf = await trial.agent('leaf-a1');
    expect(leaf.spec?.users[0].password).toMatch(/^\$5\$/);
    expect(leaf.status).toMatchObject({ lastAttemptGen: leaf.metadata.generation, conditions: [{ type: 'Applied', status: 'True' }] });
    expect(leaf.status?.state.interfaces['E1/45']).toMatchObject({ oper: 'up', lldpNeighbors: [{ name: 'spine-east' }] });
    expect(leaf.status?.state.bgpNeighbors.default['172.30.140.0']).toMatchObject({ state: 'established', peerAS: 65100 });
    await eventually(async () => {
      const later = await trial.agent('leaf-a1');
      expect(later.status?.state.interfaces['E1/45'].counters.inb).toBeGreaterThan(leaf.status?.state.interfaces['E1/45'].counters.inb);
    });
  });
});

describe('a change', () => {
  it('raises the generation of the agents it concerns', async () => {
    const before = new Map((await trial.converged(6)).map((agent) => [agent.metadata.name, agent]));
    await trial.apply(edited('VPC', 'lab', (spec) => (spec.subnets.default.vlan = 1241)));
    await eventually(async () => {
      const agent = await trial.agent('leaf-b1');
      expect(agent.spec?.vpcs.lab.subnets.default.vlan).toBe(1241);
    });
    const raised = (await trial.converged(6)).filter((agent) => agent.metadata.generation !== before.get(agent.metadata.name)?.metadata.generation);
    expect(raised.map(({ metadata }) => metadata.name)).toEqual(['leaf-b1']);
    await trial.apply(named('VPC', 'lab'));
    await eventually(async () => expect((await trial.agent('leaf-b1')).spec?.vpcs.lab.subnets.default.vlan).toBe(1240));
    await trial.converged(6);
  });

  it('reaches the agents although they just changed', async () => {
    for (let round = 0; round < 12; round++) {
      await trial.apply(edited('VPC', 'lab', (spec) => (spec.subnets.default.vlan = 1250 + round)));
      // about as long as a pass of the controller takes to come, so that the next one sees a late cache
      await delay(15 + round * 4);
      await trial.apply(named('VPC', 'lab'));
      await delay(100);
      await eventually(async () => expect((await trial.agent('leaf-b1')).spec?.vpcs.lab.subnets.default.vlan).toBe(1240));
    }
    await trial.converged(6);
  });

  it.each<[Fault, (agent: KubeObject) => boolean]>([
    ['hang', ({ status, metadata }) => status?.lastAttemptGen < metadata.generation!],
    ['refuse', ({ status, metadata }) => status?.lastAttemptGen === metadata.generation && status?.lastAppliedGen < metadata.generation! && status?.conditions[0].status === 'False'],
    ['no-heartbeat', ({ status, metadata }) => status?.lastAppliedGen < metadata.generation!],
  ])('is held back by a switch with fault %s', async (fault, isHeld) => {
    const before = await trial.agent('leaf-b1');
    trial.simulator.setFault('leaf-b1', fault);
    await trial.apply(edited('VPC', 'lab', (spec) => (spec.subnets.default.vlan = 1242)));
    await eventually(async () => {
      const agent = await trial.agent('leaf-b1');
      if (!(agent.metadata.generation! > before.metadata.generation!) || !isHeld(agent)) throw new Error(JSON.stringify(agent.status?.conditions));
    });
    trial.simulator.setFault('leaf-b1', 'none');
    await trial.apply(named('VPC', 'lab'));
    await eventually(async () => expect((await trial.agent('leaf-b1')).spec?.vpcs.lab.subnets.default.vlan).toBe(1240));
    await trial.converged(6);
  });

  it('obeys a fault that an annotation sets', async () => {
    const path = trial.pathOf({ kind: 'Agent', metadata: { name: 'spine-west' } });
    await trial.client.mergePatch(path, { metadata: { annotations: { [faultAnnotation]: 'flap' } } });
    await eventually(async () => {
      const { state } = (await trial.agent('spine-west')).status!;
      expect(state.interfaces['E1/1']).toMatchObject({ oper: 'down', linkFlapCount: expect.any(Number) });
      expect(state.bgpNeighbors.default['172.30.141.1'].state).toBe('active');
    });
    await trial.client.mergePatch(path, { metadata: { annotations: { [faultAnnotation]: null } } });
    await eventually(async () => expect((await trial.agent('spine-west')).status?.state.interfaces['E1/1'].oper).toBe('up'));
  });
});

describe('a gateway', () => {
  const gatewayGroup = 'gateway.githedgehog.com/v1alpha1';
  const path = '/apis/gwint.githedgehog.com/v1alpha1/namespaces/default/gatewayagents/gw-1';

  it('has an agent that carries its peerings and applies them', async () => {
    await trial.apply({ apiVersion: gatewayGroup, kind: 'GatewayGroup', metadata: { name: 'default' }, spec: {} });
    await trial.apply({
      apiVersion: gatewayGroup, kind: 'Gateway', metadata: { name: 'gw-1' },
      spec: {
        asn: 65534, protocolIP: '172.30.9.60/32', vtepIP: '172.30.13.60/32', vtepMAC: '02:00:00:00:00:60',
        interfaces: { enp2s1: { kernel: 'enp2s1', ips: ['172.30.142.1/31'] } }, neighbors: [{ source: 'enp2s1', ip: '172.30.142.0', asn: 65100 }],
      },
    });
    await trial.apply({
      apiVersion: gatewayGroup, kind: 'GatewayPeering', metadata: { name: 'lab--data' },
      spec: { peering: { lab: { expose: [{ ips: [{ vpcSubnet: 'default' }] }] }, data: { expose: [{ ips: [{ cidr: '10.96.1.0/25' }] }] } } },
    });
    await eventually(async () => {
      const agent = await trial.client.get(path);
      expect(agent.spec?.peerings['lab--data'].gatewayGroup).toBe('default');
      expect(agent.status?.lastAppliedGen).toBe(agent.metadata.generation);
    });
    for (const [kind, name] of [['GatewayPeering', 'lab--data'], ['Gateway', 'gw-1'], ['GatewayGroup', 'default']] as const) await trial.delete(kind, name);
    await eventually(() => expect(trial.client.get(path)).rejects.toMatchObject({ code: 404 }));
  });
});

describe('admission', () => {
  it.each<[string, KubeObject, RegExp]>([
    ['an overlap with another VPC', edited('VPC', 'lab', (spec) => (spec.subnets.default.subnet = '10.64.20.0/24')), /denied the request: .*overlaps subnet default .* of VPC apps/],
    ['a reference into nothing', edited('VPCAttachment', 'lab--batch-1--unbundled--leaf-b1', (spec) => (spec.subnet = 'nowhere/x')), /VPC nowhere does not exist/],
    ['a change of a connection\'s type', { ...named('Connection', 'leaf-b2--external'), metadata: { name: 'second' } }, /already used by connection leaf-b2--external/],
  ])('refuses %s', async (_what, object, message) => {
    await expect(trial.apply(object)).rejects.toMatchObject({ code: 403, message: expect.stringMatching(message) });
  });

  it.each([
    ['VPC', 'web', /VPC web is still used by VPCAttachment/],
    ['Connection', 'leaf-a1--external', /still used by ExternalAttachment leaf-a1--carrier/],
    ['Switch', 'spine-east', /still used by Connection/],
    ['IPv4Namespace', 'default', /still used by VPC apps, data, lab, web/],
  ])('keeps %s %s from being deleted', async (kind, name, message) => {
    await expect(trial.delete(kind, name)).rejects.toMatchObject({ code: 403, message: expect.stringMatching(message) });
  });

  it('fills in what the schema demands before it looks', async () => {
    const vpcGroup = 'vpc.githedgehog.com/v1beta1';
    await trial.apply({ apiVersion: vpcGroup, kind: 'External', metadata: { name: 'stat' }, spec: { ipv4Namespace: 'default', static: { prefixes: ['203.0.113.0/25'] } } });
    const attachment = await trial.apply({
      apiVersion: vpcGroup, kind: 'ExternalAttachment', metadata: { name: 'stat' },
      spec: { external: 'stat', connection: 'leaf-b2--external', static: { remoteIP: '192.0.2.1', ip: '192.0.2.2/30', vlan: 33 } },
    });
    expect(attachment.spec).toMatchObject({ switch: {}, neighbor: {} });
    for (const [kind, name] of [['ExternalAttachment', 'stat'], ['External', 'stat']] as const) await trial.delete(kind, name);
  });

  it('sees its own writes at once', async () => {
    const vpc = (name: string, subnet: string, vlan: number): KubeObject =>
      ({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name }, spec: { subnets: { default: { subnet, vlan } } } });
    const attach: KubeObject = { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPCAttachment', metadata: { name: 'quick' }, spec: { subnet: 'quick', connection: 'app-2--unbundled--leaf-b1' } };
    for (let round = 0; round < 5; round++) {
      await trial.apply(vpc('quick', '10.64.90.0/24', 1290));
      await expect(trial.apply(vpc('slow', '10.64.90.0/25', 1291))).rejects.toMatchObject({ code: 403 });
      await trial.apply(attach);
      await expect(trial.delete('VPC', 'quick')).rejects.toMatchObject({ code: 403 });
      await trial.delete('VPCAttachment', 'quick');
      await trial.delete('VPC', 'quick');
      await expect(trial.apply(attach)).rejects.toMatchObject({ code: 403 });
    }
  });

  it('takes a fabric down in reverse order', async () => {
    for (const { kind, metadata } of [...objects].reverse()) await trial.delete(kind, metadata.name);
    await eventually(async () => expect(await trial.agents()).toEqual([]));
    expect(trial.errors).toEqual([]);
  });
});
