import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiVersionOf } from '../src/kind-descriptor.ts';
import { descriptorOf } from '../src/kinds/kinds.ts';
import { lookupOf } from '../src/lookup-of.ts';
import { normalise } from '../src/normalise.ts';
import { blastRadius } from '../src/plan/blast-radius.ts';
import type { JsonObject, NormalisedObject } from '../src/resource-object.ts';

const object = (kind: string, name: string, spec: JsonObject = {}): NormalisedObject => normalise({ apiVersion: apiVersionOf(descriptorOf(kind)!), kind, metadata: { name }, spec });
const cable = (name: string, server: string, leaf: string, port: string) => object('Connection', name, { unbundled: { link: { server: { port: `${server}/e1` }, switch: { port: `${leaf}/${port}` } } } });
const attachment = (name: string, subnet: string, connection: string) => object('VPCAttachment', name, { subnet, connection });
const peering = (name: string, left: string, right: string, more: JsonObject = {}) => object('VPCPeering', name, { permit: [{ [left]: more, [right]: {} }] });
const vpc = (name: string, vlan: number) => object('VPC', name, { subnets: { default: { subnet: `10.0.${vlan}.0/24`, vlan } } });

const cables = [cable('c-1', 'server-1', 'leaf-1', 'E1/1'), cable('c-2', 'server-2', 'leaf-2', 'E1/2')];
const fabric = [
  object('Switch', 'leaf-1', { role: 'server-leaf' }), object('Switch', 'leaf-2', { role: 'border-leaf' }), object('Server', 'server-1'), object('Server', 'server-2'), ...cables,
  vpc('a', 1), vpc('b', 2), attachment('at-1', 'a/default', 'c-1'), attachment('at-2', 'b/default', 'c-2'), peering('p', 'a', 'b'),
];
const lookup = lookupOf(fabric);
const find = (name: string) => fabric.find((each) => each.metadata.name === name)!;
const nothing = { count: 0, names: [] };

describe('blastRadius', () => {
  it('follows a VPC to the switches, ports and servers of its attachments', () => {
    expect(blastRadius([{ before: vpc('a', 1), after: vpc('a', 3) }], lookup)).toMatchObject({
      switches: { count: 1, names: ['leaf-1 (server-leaf)'] }, ports: { names: ['leaf-1/E1/1'] }, servers: { names: ['server-1'] }, reachLost: nothing, attached: nothing, detached: nothing,
    });
  });

  it('names the server that a moved attachment takes its VPC from, and the one that gets it', () => {
    expect(blastRadius([{ before: find('at-1'), after: attachment('at-1', 'a/default', 'c-2') }], lookup)).toMatchObject({
      switches: { count: 2 }, ports: { count: 2 }, detached: { names: ['server-1: a/default'] }, attached: { names: ['server-2: a/default'] },
    });
  });

  it('tells which pair loses reach by the delete of a peering', () => {
    expect(blastRadius([{ before: find('p') }], lookup)).toMatchObject({ reachLost: { count: 1, names: ['a ↔ b'] }, reachGained: nothing, switches: { count: 2 } });
  });

  it('counts no loss where another peering keeps the pair', () => {
    const gateway = object('GatewayPeering', 'g', { peering: { a: { expose: [] }, b: { expose: [] } } });
    expect(blastRadius([{ before: find('p') }], lookupOf([...fabric, gateway]))).toMatchObject({ reachLost: nothing, reachChanged: { names: ['a ↔ b'] } });
    expect(blastRadius([{ before: find('p') }, { before: gateway }], lookupOf([...fabric, gateway]))).toMatchObject({ reachLost: { names: ['a ↔ b'] }, reachChanged: nothing });
  });

  it('takes a peering under another name for the same reach', () => {
    expect(blastRadius([{ before: find('p') }, { after: peering('q', 'b', 'a') }], lookup)).toMatchObject({ reachLost: nothing, reachGained: nothing, reachChanged: nothing });
    expect(blastRadius([{ before: find('p'), after: peering('p', 'a', 'b', { subnets: ['default'] }) }], lookup)).toMatchObject({ reachChanged: { names: ['a ↔ b'] } });
  });

  it('marks an External as such', () => {
    const external = object('ExternalPeering', 'x', { permit: { vpc: { name: 'a' }, external: { name: 'isp', prefixes: [] } } });
    expect(blastRadius([{ after: external }], lookup)).toMatchObject({ reachGained: { names: ['a ↔ ext.isp'] } });
  });

  it('shows the first names and counts all', () => {
    const many = Array.from({ length: 30 }, (_, index) => cable(`x-${index}`, `s-${index}`, 'leaf-1', `E1/${index + 10}`));
    const { ports } = blastRadius(many.map((after) => ({ after })), lookup);
    expect([ports.count, ports.names.length, ports.names[0]]).toEqual([30, 20, 'leaf-1/E1/10']);
  });

  it('gains by a change what its reverse loses', () => {
    fc.assert(fc.property(fc.subarray(fabric), fc.subarray(fabric), (before, after) => {
      const changes = [...before.map((each) => ({ before: each })), ...after.map((each) => ({ after: each }))];
      const back = changes.map((change) => ({ ...('before' in change && { after: change.before }), ...('after' in change && { before: change.after }) }));
      const [there, again] = [blastRadius(changes, lookupOf([])), blastRadius(back, lookupOf([]))];
      expect([there.reachGained, there.detached, there.ports.count]).toEqual([again.reachLost, again.attached, again.ports.count]);
    }));
  });
});
