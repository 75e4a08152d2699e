import type { DefaultingPair } from './defaulting-pair.ts';

const apiVersion = 'vpc.githedgehog.com/v1beta1';
const namespace = 'default';
const f = 'fabric.githedgehog.com';

/** The rest of the vpc group: attachments, peerings, externals, IPv4Namespaces. */
export const peeringPairs: readonly DefaultingPair[] = [
  {
    name: 'an attachment to a VPC means its default subnet',
    before: { apiVersion, kind: 'VPCAttachment', metadata: { name: 'a' }, spec: { connection: 's1--unbundled--l1', subnet: 'red' } },
    after: {
      apiVersion, kind: 'VPCAttachment',
      metadata: { name: 'a', namespace, labels: { [`${f}/connection`]: 's1--unbundled--l1', [`${f}/vpc`]: 'red', [`${f}/subnet`]: 'default' } },
      spec: { connection: 's1--unbundled--l1', subnet: 'red/default' },
    },
  },
  {
    name: 'an attachment to a named subnet keeps it',
    before: { apiVersion, kind: 'VPCAttachment', metadata: { name: 'b', namespace }, spec: { connection: 'c', subnet: 'red/back', nativeVLAN: true } },
    after: {
      apiVersion, kind: 'VPCAttachment',
      metadata: { name: 'b', namespace, labels: { [`${f}/connection`]: 'c', [`${f}/vpc`]: 'red', [`${f}/subnet`]: 'back' } },
      spec: { connection: 'c', subnet: 'red/back', nativeVLAN: true },
    },
  },
  {
    name: 'a peering with nothing behind its VPCs means all subnets',
    before: { apiVersion, kind: 'VPCPeering', metadata: { name: 'p' }, spec: { permit: [{ red: null, blue: null }] } },
    after: {
      apiVersion, kind: 'VPCPeering',
      metadata: { name: 'p', namespace, labels: { [`${f}/vpc1`]: 'blue', [`${f}/vpc2`]: 'red', [`vpc.${f}/blue`]: 'true', [`vpc.${f}/red`]: 'true' } },
      spec: { permit: [{ red: {}, blue: {} }] },
    },
  },
  {
    name: 'a peering of chosen subnets loses only stale labels',
    before: {
      apiVersion, kind: 'VPCPeering', metadata: { name: 'q', namespace, labels: { [`vpc.${f}/gone`]: 'true', owner: 'me' } },
      spec: { permit: [{ red: { subnets: ['b', 'a'] }, blue: {} }] },
    },
    after: {
      apiVersion, kind: 'VPCPeering',
      metadata: { name: 'q', namespace, labels: { owner: 'me', [`${f}/vpc1`]: 'blue', [`${f}/vpc2`]: 'red', [`vpc.${f}/blue`]: 'true', [`vpc.${f}/red`]: 'true' } },
      spec: { permit: [{ red: { subnets: ['b', 'a'] }, blue: {} }] },
    },
  },
  {
    name: 'an external is only labelled',
    before: { apiVersion, kind: 'External', metadata: { name: 'e' }, spec: { ipv4Namespace: 'default', inboundCommunity: '64900:1', outboundCommunity: '64900:2' } },
    after: {
      apiVersion, kind: 'External', metadata: { name: 'e', namespace, labels: { [`${f}/ipv4ns`]: 'default' } },
      spec: { ipv4Namespace: 'default', inboundCommunity: '64900:1', outboundCommunity: '64900:2' },
    },
  },
  {
    name: 'a static external keeps the order of its prefixes',
    before: { apiVersion, kind: 'External', metadata: { name: 's', namespace }, spec: { ipv4Namespace: 'default', static: { prefixes: ['10.2.0.0/16', '10.1.0.0/16'] } } },
    after: {
      apiVersion, kind: 'External', metadata: { name: 's', namespace, labels: { [`${f}/ipv4ns`]: 'default' } },
      spec: { ipv4Namespace: 'default', static: { prefixes: ['10.2.0.0/16', '10.1.0.0/16'] } },
    },
  },
  {
    name: 'a static attachment gets an empty switch and neighbour',
    before: {
      apiVersion, kind: 'ExternalAttachment', metadata: { name: 'x' },
      spec: { external: 's', connection: 'l1--external', static: { remoteIP: '192.0.2.1', ip: '192.0.2.2/30', vlan: 30 } },
    },
    after: {
      apiVersion, kind: 'ExternalAttachment', metadata: { name: 'x', namespace, labels: { [`${f}/connection`]: 'l1--external', [`${f}/external`]: 's' } },
      spec: { external: 's', connection: 'l1--external', switch: {}, neighbor: {}, static: { remoteIP: '192.0.2.1', ip: '192.0.2.2/30', vlan: 30 } },
    },
  },
  {
    name: 'a BGP attachment stays as it is',
    before: {
      apiVersion, kind: 'ExternalAttachment', metadata: { name: 'y', namespace },
      spec: { external: 'e', connection: 'l1--external', switch: { vlan: 20, ip: '192.0.2.5/30' }, neighbor: { asn: 64900, ip: '192.0.2.6' } },
    },
    after: {
      apiVersion, kind: 'ExternalAttachment', metadata: { name: 'y', namespace, labels: { [`${f}/connection`]: 'l1--external', [`${f}/external`]: 'e' } },
      spec: { external: 'e', connection: 'l1--external', switch: { vlan: 20, ip: '192.0.2.5/30' }, neighbor: { asn: 64900, ip: '192.0.2.6' } },
    },
  },
  {
    name: 'an external peering is sorted on both sides',
    before: {
      apiVersion, kind: 'ExternalPeering', metadata: { name: 'r' },
      spec: { permit: { vpc: { name: 'red', subnets: ['b', 'a'] }, external: { name: 'e', prefixes: [{ prefix: '10.9.0.0/16' }, { prefix: '0.0.0.0/0' }] } } },
    },
    after: {
      apiVersion, kind: 'ExternalPeering', metadata: { name: 'r', namespace, labels: { [`${f}/vpc`]: 'red', [`${f}/external`]: 'e' } },
      spec: { permit: { vpc: { name: 'red', subnets: ['a', 'b'] }, external: { name: 'e', prefixes: [{ prefix: '0.0.0.0/0' }, { prefix: '10.9.0.0/16' }] } } },
    },
  },
  {
    name: 'a sorted external peering is only labelled',
    before: {
      apiVersion, kind: 'ExternalPeering', metadata: { name: 't', namespace },
      spec: { permit: { vpc: { name: 'red', subnets: ['a'] }, external: { name: 'e', prefixes: [{ prefix: '0.0.0.0/0' }] } } },
    },
    after: {
      apiVersion, kind: 'ExternalPeering', metadata: { name: 't', namespace, labels: { [`${f}/vpc`]: 'red', [`${f}/external`]: 'e' } },
      spec: { permit: { vpc: { name: 'red', subnets: ['a'] }, external: { name: 'e', prefixes: [{ prefix: '0.0.0.0/0' }] } } },
    },
  },
  {
    name: 'an IPv4Namespace is sorted as text',
    before: { apiVersion, kind: 'IPv4Namespace', metadata: { name: 'n' }, spec: { subnets: ['10.9.0.0/16', '10.20.0.0/16', '10.100.0.0/16'] } },
    after: { apiVersion, kind: 'IPv4Namespace', metadata: { name: 'n', namespace }, spec: { subnets: ['10.100.0.0/16', '10.20.0.0/16', '10.9.0.0/16'] } },
  },
  {
    name: 'an IPv4Namespace keeps foreign labels',
    before: { apiVersion, kind: 'IPv4Namespace', metadata: { name: 'm', namespace, labels: { team: 'net' } }, spec: { subnets: ['10.1.0.0/16'] } },
    after: { apiVersion, kind: 'IPv4Namespace', metadata: { name: 'm', namespace, labels: { team: 'net' } }, spec: { subnets: ['10.1.0.0/16'] } },
  },
];
