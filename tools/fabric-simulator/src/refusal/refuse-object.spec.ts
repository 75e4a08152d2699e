import { describe, expect, it } from 'vitest';
import { defaultObject } from '../defaulting/default-object.ts';
import { exampleNames, exampleObjects } from '../example-objects.ts';
import { viewOf } from '../fabric/fabric-view.ts';
import { builtInProfiles } from '../fabric/virtual-switch-profile.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { refuseDelete } from './refuse-delete.ts';
import { refuseObject } from './refuse-object.ts';

const objects = [...exampleObjects('spine-leaf').map(defaultObject), ...builtInProfiles];
const fabric = viewOf(objects);

/** The named example object with its spec edited, checked as an update within the example fabric. */
function refuseEdited(kind: string, name: string, edit: (spec: Body) => void, rename = name): string {
  const old = fabric.get(kind, name)!;
  const edited: KubeObject = structuredClone(old);
  edited.metadata.name = rename;
  edit(edited.spec!);
  return refuseObject(defaultObject(edited), fabric, rename === name ? old : undefined).join('; ');
}

describe('refuseObject', () => {
  it.each(exampleNames)('admits every object of example %s', (name) => {
    const admitted = [...exampleObjects(name).map(defaultObject), ...builtInProfiles];
    expect(admitted.flatMap((object) => refuseObject(object, viewOf(admitted)).map((fault) => `${object.kind} ${object.metadata.name}: ${fault}`))).toEqual([]);
  });

  it.each<[string, string, string, (spec: Body) => void, RegExp]>([
    ['a gateway outside its subnet', 'VPC', 'web', (s) => (s.subnets.front.gateway = '10.64.99.1'), /gateway 10\.64\.99\.1 is not inside/],
    ['a subnet outside the namespace', 'VPC', 'lab', (s) => (s.subnets.default = { subnet: '10.70.0.0/24', vlan: 1240 }), /outside IPv4Namespace default/],
    ['a VLAN outside the namespace', 'VPC', 'lab', (s) => (s.subnets.default.vlan = 2500), /VLAN 2500 is outside VLANNamespace/],
    ['a subnet of another VPC', 'VPC', 'lab', (s) => (s.subnets.default = { subnet: '10.64.20.0/25', vlan: 1240 }), /overlaps subnet default .* of VPC apps/],
    ['a VLAN of another VPC', 'VPC', 'lab', (s) => (s.subnets.default.vlan = 1210), /VLAN 1210 is already used by VPC web/],
    ['a missing VLAN', 'VPC', 'lab', (s) => delete s.subnets.default.vlan, /vlan is required/],
    ['a fabric address', 'VPC', 'lab', (s) => (s.subnets.default = { subnet: '172.30.8.0/24', vlan: 1240 }), /fabric keeps for itself/],
    ['a DHCP range outside', 'VPC', 'web', (s) => (s.subnets.admin.dhcp.range.end = '10.64.12.1'), /leaves the subnet/],
    ['a lease on the gateway', 'VPC', 'data', (s) => (s.subnets.sql.dhcp.static['52:54:00:db:00:03'] = { ip: '10.96.0.1' }), /network, gateway or broadcast/],
    ['a permit of unknown subnets', 'VPC', 'apps', (s) => (s.permit = [['default', 'gone']]), /permit names subnet gone/],
    ['an attachment to a missing VPC', 'VPCAttachment', 'lab--batch-1--unbundled--leaf-b1', (s) => (s.subnet = 'gone/default'), /VPC gone does not exist/],
    ['an attachment on a fabric link', 'VPCAttachment', 'lab--batch-1--unbundled--leaf-b1', (s) => (s.connection = 'spine-east--fabric--leaf-a1'), /only unbundled, bundled and eslag/],
    ['a second native VLAN', 'VPCAttachment', 'lab--batch-1--unbundled--leaf-b1', (s) => Object.assign(s, { connection: 'web-1--unbundled--leaf-a1', nativeVLAN: true }), /already has a native VLAN/],
    ['a peering of three VPCs', 'VPCPeering', 'web--apps', (s) => (s.permit[0].lab = {}), /exactly two VPCs/],
    ['a peering of unknown subnets', 'VPCPeering', 'apps--data', (s) => (s.permit[0].data.subnets = ['gone']), /VPC data has no subnet gone/],
    ['a malformed community', 'External', 'carrier', (s) => (s.inboundCommunity = '64900'), /is not a community/],
    ['a static attachment of a BGP external', 'ExternalAttachment', 'leaf-a1--carrier', (s) => (s.static = { remoteIP: '198.51.100.2', proxy: true }), /is BGP, the attachment is not/],
    ['a peering with an unknown external', 'ExternalPeering', 'web--carrier', (s) => (s.permit.external.name = 'gone'), /external gone does not exist/],
    ['a namespace too small for its VPCs', 'IPv4Namespace', 'default', (s) => (s.subnets = ['10.64.0.0/16']), /VPC data needs 10\.96\.0\.0\/26/],
    ['overlapping namespace subnets', 'IPv4Namespace', 'default', (s) => s.subnets.push('10.64.8.0/24'), /overlap/],
    ['VLANs of the fabric itself', 'VLANNamespace', 'default', (s) => (s.ranges[0].to = 3100), /fabric keeps for itself/],
    ['an ASN used twice', 'Switch', 'leaf-a1', (s) => (s.asn = 65122), /ASN 65122 is already used by leaf-a2/],
    ['a spine with a VTEP', 'Switch', 'spine-east', (s) => (s.vtepIP = '172.30.13.9/32'), /spine has no vtepIP/],
    ['a VTEP used twice', 'Switch', 'leaf-a1', (s) => (s.vtepIP = '172.30.13.2/32'), /vtepIP .* already used by leaf-a2/],
    ['a speed the ports lack', 'Switch', 'leaf-a1', (s) => (s.portGroupSpeeds['1'] = '400G'), /port group 1 does not run at 400G/],
    ['an unknown profile', 'Switch', 'leaf-a1', (s) => (s.profile = 'gone'), /switch profile gone does not exist/],
    ['an unknown switch group', 'Switch', 'leaf-a1', (s) => s.groups.push('gone'), /switch group gone does not exist/],
    ['a changed connection type', 'Connection', 'batch-1--unbundled--leaf-b1', (s) => { s.bundled = { links: [s.unbundled.link] }; delete s.unbundled; }, /type can't be changed/],
    ['a port of another connection', 'Connection', 'batch-1--unbundled--leaf-b1', (s) => (s.unbundled.link.switch.port = 'leaf-b1/E1/11/1'), /already used by connection app-2--unbundled--leaf-b1/],
    ['a port the switch lacks', 'Connection', 'batch-1--unbundled--leaf-b1', (s) => (s.unbundled.link.switch.port = 'leaf-b1/E1/99'), /has no port E1\/99/],
    ['an ESLAG over two groups', 'Connection', 'web-1--eslag--leaf-a1--leaf-a2', (s) => (s.eslag.links[1].switch.port = 'leaf-b1/E1/20'), /one redundancy group/],
    ['link addresses of two /31s', 'Connection', 'spine-east--fabric--leaf-a1', (s) => (s.fabric.links[0].leaf.ip = '172.30.150.1/31'), /not of one \/31/],
    ['an MTU over the fabric\'s', 'Connection', 'batch-1--bundled--leaf-b2', (s) => (s.bundled.mtu = 9100), /MTU 9100 is over 9036/],
  ])('refuses %s', (_what, kind, name, edit, message) => {
    expect(refuseEdited(kind, name, edit)).toMatch(message);
  });

  it('refuses a VPC name over eleven characters', () => {
    expect(refuseEdited('VPC', 'lab', () => undefined, 'laboratory-1')).toMatch(/longer than 11/);
  });

  it('refuses any namespace but default', () => {
    const server: KubeObject = { apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'Server', metadata: { name: 's', namespace: 'other' }, spec: {} };
    expect(refuseObject(server, fabric)).toEqual([expect.stringMatching(/namespace has to be default/)]);
  });
});

describe('refuseDelete', () => {
  it.each([
    ['VPC', 'web', /VPCAttachment .*web--web-1/],
    ['VPC', 'web', /ExternalPeering web--carrier/],
    ['Connection', 'leaf-a1--external', /ExternalAttachment leaf-a1--carrier/],
    ['Switch', 'leaf-a1', /Connection .*leaf-a1--external/],
    ['Server', 'web-1', /Connection web-1--eslag/],
    ['External', 'carrier', /ExternalAttachment leaf-a1--carrier, leaf-b2--carrier/],
    ['IPv4Namespace', 'default', /VPC apps, data, lab, web/],
    ['VLANNamespace', 'default', /Switch leaf-a1/],
    ['SwitchProfile', 'vs', /built in/],
  ])('keeps %s %s while it is needed', (kind, name, message) => {
    expect(refuseDelete(fabric.get(kind, name)!, fabric).join('; ')).toMatch(message);
  });

  it('lets go what nobody needs', () => {
    for (const kind of ['VPCAttachment', 'VPCPeering', 'SwitchGroup', 'ExternalPeering']) {
      for (const object of fabric.list(kind)) expect(refuseDelete(object, fabric)).toEqual([]);
    }
  });
});
