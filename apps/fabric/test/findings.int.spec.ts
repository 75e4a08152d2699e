import { Database } from '@heddle/platform';
import { normalise, type ResourceObject } from '@heddle/hedgehog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { ValidationService } from '../src/findings/validation.service.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { type FabricBench, openFabricBench } from './fabric-bench.ts';
import { file, namespaces, object, push, removed, see, vpc, vpcSpec } from './messages-to-fabric.ts';
import { runningFabric } from './running-fabric.ts';
import { rowsRead, seedObjects } from './seed-objects.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const found = async (id: string): Promise<string[]> => (await bench.get(FindingService).list({ fabric: id, limit: 100 })).items.map(({ rule, kind, name }) => `${rule} ${kind} ${name}`);
const attachment = (subnet: string) => object('VPCAttachment', 'at-1', { subnet, connection: 'c-1' });

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
