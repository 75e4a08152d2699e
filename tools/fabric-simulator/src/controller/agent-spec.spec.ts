import { describe, expect, it } from 'vitest';
import { defaultObject } from '../defaulting/default-object.ts';
import { exampleObjects } from '../example-objects.ts';
import { viewOf } from '../fabric/fabric-view.ts';
import { agentSpec } from './agent-spec.ts';
import { allocate } from './catalog.ts';

const fabric = viewOf(exampleObjects('spine-leaf').map(defaultObject));
const catalog = allocate({}, fabric);
const specOf = (name: string) => agentSpec(name, fabric, catalog)!;

describe('agentSpec', () => {
  it('embeds the switch and its neighbours unchanged', () => {
    const { switch: own, switches } = specOf('leaf-a1');
    expect(own).toEqual(fabric.get('Switch', 'leaf-a1')!.spec);
    expect(Object.keys(switches)).toEqual(['leaf-a1', 'leaf-a2', 'spine-east', 'spine-west']);
  });

  it('gives a leaf only its own connections', () => {
    expect(Object.keys(specOf('leaf-b2').connections)).toEqual([
      'app-2--eslag--leaf-b1--leaf-b2', 'batch-1--bundled--leaf-b2', 'db-2--eslag--leaf-b1--leaf-b2', 'db-2--unbundled--leaf-b2',
      'leaf-b2--external', 'spine-east--fabric--leaf-b2', 'spine-west--fabric--leaf-b2', 'stor-1--eslag--leaf-b1--leaf-b2',
    ]);
  });

  it('carries attached VPCs and their peers as in etcd', () => {
    const leaf = specOf('leaf-a2');
    expect(leaf.attachedVPCs).toEqual({ data: true, web: true });
    expect(Object.keys(leaf.vpcs)).toEqual(['apps', 'data', 'web']);
    expect(leaf.vpcs.web).toEqual(fabric.get('VPC', 'web')!.spec);
    expect(Object.keys(leaf.vpcPeers)).toEqual(['apps--data', 'web--apps']);
  });

  it('gives externals to all and their attachments to one', () => {
    expect(Object.keys(specOf('spine-east').externals)).toEqual(['carrier']);
    expect(specOf('spine-east').externalAttachments).toBeUndefined();
    expect(Object.keys(specOf('leaf-a1').externalAttachments)).toEqual(['leaf-a1--carrier']);
    expect(Object.keys(specOf('leaf-a1').externalPeerings)).toEqual(['web--carrier']);
    expect(specOf('leaf-a2').externalPeerings).toBeUndefined();
  });

  it('keeps tenants away from spines', () => {
    const spine = specOf('spine-east');
    expect([spine.vpcs, spine.vpcAttachments, spine.attachedVPCs]).toEqual([undefined, undefined, undefined]);
    expect(spine.catalog).toHaveProperty('connectionIDs');
  });

  it('is undefined for a switch that is gone', () => {
    expect(agentSpec('gone', fabric, catalog)).toBeUndefined();
  });
});

describe('allocate', () => {
  it('keeps identifiers and fills gaps', () => {
    const vpc = (name: string) => ({ apiVersion: 'v', kind: 'VPC', metadata: { name }, spec: { subnets: { a: {}, b: {} } } });
    const first = allocate({}, viewOf([vpc('x'), vpc('y'), vpc('z')]));
    expect(first.vpcVNIs).toEqual({ x: 100, y: 200, z: 300 });
    expect(first.vpcSubnetVNIs.y).toEqual({ a: 201, b: 202 });
    const second = allocate(first, viewOf([vpc('w'), vpc('x'), vpc('z')]));
    expect(second.vpcVNIs).toEqual({ w: 200, x: 100, z: 300 });
    expect(allocate(second, viewOf([vpc('w'), vpc('x'), vpc('z')]))).toEqual(second);
  });
});
