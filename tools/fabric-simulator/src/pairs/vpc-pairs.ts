import type { DefaultingPair } from './defaulting-pair.ts';

const apiVersion = 'vpc.githedgehog.com/v1beta1';
const kind = 'VPC';
const labels = { 'fabric.githedgehog.com/ipv4ns': 'default', 'fabric.githedgehog.com/vlanns': 'default' };

export const vpcPairs: readonly DefaultingPair[] = [
  {
    name: 'a bare VPC gets namespaces, gateway and an empty dhcp',
    before: { apiVersion, kind, metadata: { name: 'bare' }, spec: { subnets: { default: { subnet: '10.7.1.0/24', vlan: 1207 } } } },
    after: {
      apiVersion, kind, metadata: { name: 'bare', namespace: 'default', labels },
      spec: {
        ipv4Namespace: 'default', vlanNamespace: 'default',
        subnets: { default: { subnet: '10.7.1.0/24', gateway: '10.7.1.1', vlan: 1207, dhcp: {} } },
      },
    },
  },
  {
    name: 'an enabled DHCP server gets range and options',
    before: {
      apiVersion, kind, metadata: { name: 'lease', namespace: 'default' },
      spec: { subnets: { a: { subnet: '10.7.2.0/25', vlan: 1208, dhcp: { enable: true } } } },
    },
    after: {
      apiVersion, kind, metadata: { name: 'lease', namespace: 'default', labels },
      spec: {
        ipv4Namespace: 'default', vlanNamespace: 'default',
        subnets: {
          a: {
            subnet: '10.7.2.0/25', gateway: '10.7.2.1', vlan: 1208,
            dhcp: {
              enable: true, range: { start: '10.7.2.2', end: '10.7.2.127' },
              options: { dnsServers: [], timeServers: [], interfaceMTU: 9036, leaseTimeSeconds: 3600 },
            },
          },
        },
      },
    },
  },
  {
    name: 'what is given is kept, its lists sorted, its MACs lower-case',
    before: {
      apiVersion, kind,
      metadata: { name: 'given', namespace: 'default', labels: { team: 'blue', 'fabric.githedgehog.com/ipv4ns': 'stale' } },
      spec: {
        ipv4Namespace: 'east', vlanNamespace: 'racks',
        subnets: {
          b: {
            subnet: '10.8.0.0/24', gateway: '10.8.0.254', vlan: 1301,
            dhcp: {
              enable: true, range: { start: '10.8.0.50' },
              options: { dnsServers: ['9.9.9.9', '1.1.1.1'], timeServers: ['10.0.0.9', '10.0.0.10'], interfaceMTU: 1500, leaseTimeSeconds: 60 },
              static: { '52:54:00:AB:CD:EF': { ip: '10.8.0.7' } },
            },
          },
        },
      },
    },
    after: {
      apiVersion, kind,
      metadata: {
        name: 'given', namespace: 'default',
        labels: { team: 'blue', 'fabric.githedgehog.com/ipv4ns': 'east', 'fabric.githedgehog.com/vlanns': 'racks' },
      },
      spec: {
        ipv4Namespace: 'east', vlanNamespace: 'racks',
        subnets: {
          b: {
            subnet: '10.8.0.0/24', gateway: '10.8.0.254', vlan: 1301,
            dhcp: {
              enable: true, range: { start: '10.8.0.50', end: '10.8.0.255' },
              options: { dnsServers: ['1.1.1.1', '9.9.9.9'], timeServers: ['10.0.0.10', '10.0.0.9'], interfaceMTU: 1500, leaseTimeSeconds: 60 },
              static: { '52:54:00:ab:cd:ef': { ip: '10.8.0.7' } },
            },
          },
        },
      },
    },
  },
  {
    name: 'a disabled DHCP server loses its leftovers, a relay stays',
    before: {
      apiVersion, kind, metadata: { name: 'left', namespace: 'default' },
      spec: {
        subnets: {
          off: {
            subnet: '10.8.1.0/24', vlan: 1302,
            dhcp: { enable: false, range: { start: '10.8.1.9', end: '10.8.1.19' }, options: { interfaceMTU: 1500, leaseTimeSeconds: 60 }, static: {} },
          },
          relayed: { subnet: '10.8.2.0/24', vlan: 1303, dhcp: { relay: '10.9.0.5/32', relayVPC: 'dhcp', range: { start: '10.8.2.9' } } },
        },
      },
    },
    after: {
      apiVersion, kind, metadata: { name: 'left', namespace: 'default', labels },
      spec: {
        ipv4Namespace: 'default', vlanNamespace: 'default',
        subnets: {
          off: { subnet: '10.8.1.0/24', gateway: '10.8.1.1', vlan: 1302, dhcp: { enable: false } },
          relayed: { subnet: '10.8.2.0/24', gateway: '10.8.2.1', vlan: 1303, dhcp: { relay: '10.9.0.5/32', relayVPC: 'dhcp' } },
        },
      },
    },
  },
  {
    name: 'a hostBGP subnet gets no gateway; permits and routes are sorted',
    before: {
      apiVersion, kind, metadata: { name: 'routed', namespace: 'default' },
      spec: {
        mode: 'l3vni',
        subnets: { hosts: { subnet: '10.8.4.0/24', hostBGP: true }, plain: { subnet: '10.8.5.0/24', vlan: 1305 } },
        permit: [['plain', 'hosts']],
        staticRoutes: [
          { prefix: '10.200.0.0/16', nextHops: ['10.8.5.9', '10.8.5.8'] },
          { prefix: '10.100.0.0/16', nextHops: ['10.8.5.7'] },
        ],
      },
    },
    after: {
      apiVersion, kind, metadata: { name: 'routed', namespace: 'default', labels },
      spec: {
        mode: 'l3vni', ipv4Namespace: 'default', vlanNamespace: 'default',
        subnets: {
          hosts: { subnet: '10.8.4.0/24', hostBGP: true, dhcp: {} },
          plain: { subnet: '10.8.5.0/24', gateway: '10.8.5.1', vlan: 1305, dhcp: {} },
        },
        permit: [['hosts', 'plain']],
        staticRoutes: [
          { prefix: '10.100.0.0/16', nextHops: ['10.8.5.7'] },
          { prefix: '10.200.0.0/16', nextHops: ['10.8.5.8', '10.8.5.9'] },
        ],
      },
    },
  },
];
