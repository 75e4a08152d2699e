import type { DefaultingPair } from './defaulting-pair.ts';

const apiVersion = 'wiring.githedgehog.com/v1beta1';
const namespace = 'default';
const f = 'fabric.githedgehog.com';

export const wiringPairs: readonly DefaultingPair[] = [
  {
    name: 'a leaf joins its redundancy group and sheds SPEED_',
    before: {
      apiVersion, kind: 'Switch', metadata: { name: 'l1' },
      spec: {
        role: 'server-leaf', profile: 'vs', boot: { mac: '52:54:00:00:00:01' }, redundancy: { group: 'pair', type: 'eslag' }, groups: ['row'],
        portGroupSpeeds: { '1': 'SPEED_10G', '2': '25G' }, portSpeeds: { 'E1/1': 'SPEED_25G' }, vlanNamespaces: ['west', 'east'],
      },
    },
    after: {
      apiVersion, kind: 'Switch',
      metadata: {
        name: 'l1', namespace,
        labels: {
          [`${f}/profile`]: 'vs', [`switchgroup.${f}/pair`]: 'true', [`switchgroup.${f}/row`]: 'true', [`vlanns.${f}/east`]: 'true', [`vlanns.${f}/west`]: 'true',
        },
      },
      spec: {
        role: 'server-leaf', profile: 'vs', boot: { mac: '52:54:00:00:00:01' }, ecmp: {}, redundancy: { group: 'pair', type: 'eslag' }, groups: ['pair', 'row'],
        portGroupSpeeds: { '1': '10G', '2': '25G' }, portSpeeds: { 'E1/1': '25G' }, vlanNamespaces: ['east', 'west'],
      },
    },
  },
  {
    name: 'a spine gets the default VLAN namespace and empty objects',
    before: { apiVersion, kind: 'Switch', metadata: { name: 's1', namespace }, spec: { role: 'spine', profile: 'vs', asn: 65100 } },
    after: {
      apiVersion, kind: 'Switch', metadata: { name: 's1', namespace, labels: { [`${f}/profile`]: 'vs', [`vlanns.${f}/default`]: 'true' } },
      spec: { role: 'spine', profile: 'vs', asn: 65100, boot: {}, ecmp: {}, redundancy: {}, vlanNamespaces: ['default'] },
    },
  },
  {
    name: 'a VLANNamespace keeps the order of its ranges',
    before: { apiVersion, kind: 'VLANNamespace', metadata: { name: 'v' }, spec: { ranges: [{ from: 300, to: 310 }, { from: 100, to: 110 }] } },
    after: { apiVersion, kind: 'VLANNamespace', metadata: { name: 'v', namespace }, spec: { ranges: [{ from: 300, to: 310 }, { from: 100, to: 110 }] } },
  },
  {
    name: 'a VLANNamespace loses labels that are the fabric\'s',
    before: { apiVersion, kind: 'VLANNamespace', metadata: { name: 'w', namespace, labels: { [`${f}/x`]: 'y' } }, spec: { ranges: [{ from: 5, to: 6 }] } },
    after: { apiVersion, kind: 'VLANNamespace', metadata: { name: 'w', namespace }, spec: { ranges: [{ from: 5, to: 6 }] } },
  },
  {
    name: 'a server without spec gets an empty one',
    before: { apiVersion, kind: 'Server', metadata: { name: 'srv1' } },
    after: { apiVersion, kind: 'Server', metadata: { name: 'srv1', namespace }, spec: {} },
  },
  {
    name: 'a described server stays as it is',
    before: { apiVersion, kind: 'Server', metadata: { name: 'srv2', namespace }, spec: { description: 'rack 2' } },
    after: { apiVersion, kind: 'Server', metadata: { name: 'srv2', namespace }, spec: { description: 'rack 2' } },
  },
  {
    name: 'an unbundled connection is labelled with its devices',
    before: {
      apiVersion, kind: 'Connection', metadata: { name: 'u' },
      spec: { unbundled: { link: { server: { port: 'srv1/eth0' }, switch: { port: 'l1/E1/1' } } } },
    },
    after: {
      apiVersion, kind: 'Connection',
      metadata: { name: 'u', namespace, labels: { [`${f}/connection-type`]: 'unbundled', [`switch.${f}/l1`]: 'true', [`server.${f}/srv1`]: 'true' } },
      spec: { unbundled: { link: { server: { port: 'srv1/eth0' }, switch: { port: 'l1/E1/1' } } } },
    },
  },
  {
    name: 'a fabric connection loses labels of switches it left',
    before: {
      apiVersion, kind: 'Connection', metadata: { name: 'fab', namespace, labels: { [`switch.${f}/old`]: 'true' } },
      spec: { fabric: { links: [{ spine: { port: 's1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'l1/E1/9', ip: '172.30.128.1/31' } }] } },
    },
    after: {
      apiVersion, kind: 'Connection',
      metadata: { name: 'fab', namespace, labels: { [`${f}/connection-type`]: 'fabric', [`switch.${f}/s1`]: 'true', [`switch.${f}/l1`]: 'true' } },
      spec: { fabric: { links: [{ spine: { port: 's1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'l1/E1/9', ip: '172.30.128.1/31' } }] } },
    },
  },
  {
    name: 'a switch group is a marker',
    before: { apiVersion, kind: 'SwitchGroup', metadata: { name: 'pair', namespace }, spec: {} },
    after: { apiVersion, kind: 'SwitchGroup', metadata: { name: 'pair', namespace }, spec: {} },
  },
];
