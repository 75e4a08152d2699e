import type { DefaultingPair } from './defaulting-pair.ts';

const apiVersion = 'gateway.githedgehog.com/v1alpha1';
const namespace = 'default';

const addresses = {
  asn: 65534, protocolIP: '172.30.8.40/32', vtepIP: '172.30.12.40/32', vtepMAC: '02:00:00:00:00:40',
  interfaces: { enp2s1: { kernel: 'enp2s1', ips: ['172.30.128.41/31'] } },
  neighbors: [{ source: 'enp2s1', ip: '172.30.128.40', asn: 65100 }],
};

export const gatewayPairs: readonly DefaultingPair[] = [
  {
    name: 'a gateway joins the default group with four workers',
    before: { apiVersion, kind: 'Gateway', metadata: { name: 'gw-1' }, spec: { ...addresses } },
    after: {
      apiVersion, kind: 'Gateway', metadata: { name: 'gw-1', namespace },
      spec: { ...addresses, groups: [{ name: 'default' }], workers: 4, logs: {}, profiling: {} },
    },
  },
  {
    name: 'a gateway with groups keeps them',
    before: {
      apiVersion, kind: 'Gateway', metadata: { name: 'gw-2', namespace },
      spec: { ...addresses, groups: [{ name: 'b', priority: 2 }, { name: 'a', priority: 1 }], workers: 8, logs: { default: 'info' } },
    },
    after: {
      apiVersion, kind: 'Gateway', metadata: { name: 'gw-2', namespace },
      spec: { ...addresses, groups: [{ name: 'b', priority: 2 }, { name: 'a', priority: 1 }], workers: 8, logs: { default: 'info' }, profiling: {} },
    },
  },
  {
    name: 'a gateway peering goes to the default group',
    before: {
      apiVersion, kind: 'GatewayPeering', metadata: { name: 'gp' },
      spec: { peering: { red: { expose: [{ ips: [{ cidr: '10.1.0.0/24' }] }] }, blue: { expose: [{ ips: [{ vpcSubnet: 'default' }] }] } } },
    },
    after: {
      apiVersion, kind: 'GatewayPeering', metadata: { name: 'gp', namespace },
      spec: {
        gatewayGroup: 'default',
        peering: { red: { expose: [{ ips: [{ cidr: '10.1.0.0/24' }] }] }, blue: { expose: [{ ips: [{ vpcSubnet: 'default' }] }] } },
      },
    },
  },
  {
    name: 'an access list without default gets an empty one',
    before: {
      apiVersion, kind: 'GatewayPeering', metadata: { name: 'gq', namespace },
      spec: {
        gatewayGroup: 'edge', peering: { red: { expose: [{ ips: [{ vpcSubnet: 'a' }] }] }, 'ext.isp': { expose: [{ default: true }] } },
        acl: { rules: [{ action: 'allow', from: 'red' }] },
      },
    },
    after: {
      apiVersion, kind: 'GatewayPeering', metadata: { name: 'gq', namespace },
      spec: {
        gatewayGroup: 'edge', peering: { red: { expose: [{ ips: [{ vpcSubnet: 'a' }] }] }, 'ext.isp': { expose: [{ default: true }] } },
        acl: { default: '', rules: [{ action: 'allow', from: 'red' }] },
      },
    },
  },
];
