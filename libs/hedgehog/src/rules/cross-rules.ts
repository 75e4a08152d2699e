import { EXTERNAL_SIDE_PREFIX, vpcPeeringSides } from '../kinds/peerings.ts';
import { fieldPath } from '../field-path.ts';
import type { Lookup } from '../lookup.ts';
import { formatCidr, parseCidr } from '../net/ipv4.ts';
import { connectionSwitches, connectionTypes } from '../kinds/connection-ends.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample, RuleHit } from './rule.ts';

const SERVER_TYPES = ['unbundled', 'bundled', 'eslag', 'mclag'];

type Beside = NonNullable<RuleExample['beside']>[number];
const vpc = (name: string, change: JsonObject = {}): Beside => ({ kind: 'VPC', name, spec: { subnets: { default: { subnet: '10.0.1.0/24', vlan: 1001 } }, ...change } });
const hostBgp = vpc('vpc-1', { subnets: { default: { subnet: '10.0.1.0/24', hostBGP: true } } });
const link = { server: { port: 's-1/e1' }, switch: { port: 'leaf-1/E1/1' } };
const cable = (spec: JsonObject): Beside => ({ kind: 'Connection', name: 'c-1', spec });
const leaf = (vlanNamespaces: string[], change: JsonObject = {}): Beside => ({ kind: 'Switch', name: 'leaf-1', spec: { role: 'server-leaf', vlanNamespaces, ...change } });
const attachment = { subnet: 'vpc-1/default', connection: 'c-1' };
const outside = { external: 'ext-1', connection: 'c-1', static: { remoteIP: '192.168.30.1', proxy: true } };

/** Rules that look at the objects that an object names. What is missing is left to `checkReferences`. */
export const crossRules: readonly Rule[] = [
  {
    id: 'vpc-subnet-in-namespace',
    kinds: ['VPC'],
    severity: 'error',
    needsLookup: true,
    text: 'Each subnet of a VPC lies in a subnet of its IPv4Namespace',
    remedy: 'Choose a subnet from the namespace, or extend the namespace first',
    check: ({ spec }, { lookup }) => {
      const name = textAt(spec, 'ipv4Namespace') ?? '';
      const namespace = lookup?.get('IPv4Namespace', name);
      if (!namespace) return [];
      const pools = textsAt(namespace.spec, 'subnets').flatMap((text) => parseCidr(text) ?? []);
      return entriesAt(spec, 'subnets').flatMap(([subnet, body]) => {
        const cidr = parseCidr(body.subnet);
        const inside = !cidr || pools.some((pool) => cidr.first >= pool.first && cidr.last <= pool.last);
        return hitIf(!inside, fieldPath('spec', 'subnets', subnet, 'subnet'), `${cidr ? formatCidr(cidr) : ''} is not in IPv4Namespace ${name}`);
      });
    },
    good: [{ ...vpc('vpc-1'), beside: [{ kind: 'IPv4Namespace', name: 'default', spec: { subnets: ['10.0.0.0/16'] } }] }],
    bad: [{ ...vpc('vpc-1'), beside: [{ kind: 'IPv4Namespace', name: 'default', spec: { subnets: ['10.1.0.0/16'] } }] }],
  },
  {
    id: 'vpc-vlan-in-namespace',
    kinds: ['VPC'],
    severity: 'error',
    needsLookup: true,
    text: 'Each VLAN of a VPC lies in a range of its VLANNamespace',
    remedy: 'Choose a VLAN from the namespace, or extend the namespace first',
    check: ({ spec }, { lookup }) => {
      const name = textAt(spec, 'vlanNamespace') ?? '';
      const namespace = lookup?.get('VLANNamespace', name);
      if (!namespace) return [];
      const ranges = listAt(namespace.spec, 'ranges').map((range) => [numberAt(range, 'from') ?? 0, numberAt(range, 'to') ?? 0] as const);
      return entriesAt(spec, 'subnets').flatMap(([subnet, body]) => {
        const vlan = numberAt(body, 'vlan');
        const outsideAll = vlan !== undefined && !ranges.some(([from, to]) => vlan >= from && vlan <= to);
        return hitIf(outsideAll, fieldPath('spec', 'subnets', subnet, 'vlan'), `VLAN ${vlan} is not in VLANNamespace ${name}`);
      });
    },
    good: [{ ...vpc('vpc-1'), beside: [{ kind: 'VLANNamespace', name: 'default', spec: { ranges: [{ from: 1000, to: 2999 }] } }] }],
    bad: [{ ...vpc('vpc-1'), beside: [{ kind: 'VLANNamespace', name: 'default', spec: { ranges: [{ from: 2000, to: 2999 }] } }] }],
  },
  {
    id: 'attachment-connection',
    kinds: ['VPCAttachment'],
    severity: 'error',
    needsLookup: true,
    text: 'A VPC is attached to a server connection; ESLAG takes only L2VNI VPCs, hosts that speak BGP only unbundled ones, on no switch of an MCLAG pair',
    remedy: 'Attach it to another connection, or change the mode of the VPC',
    check: (object, { lookup }) => (lookup ? serverConnectionHits(object, lookup) : []),
    good: [
      { spec: attachment, beside: [vpc('vpc-1'), cable({ eslag: { links: [link] } })] },
      { spec: attachment, beside: [vpc('vpc-1', { mode: 'l3vni' }), cable({ unbundled: { link } })] },
    ],
    bad: [
      { spec: attachment, beside: [vpc('vpc-1'), cable({ external: { link: { switch: link.switch } } })] },
      { spec: attachment, beside: [vpc('vpc-1', { mode: 'l3vni' }), cable({ eslag: { links: [link] } })] },
      { spec: attachment, beside: [hostBgp, cable({ bundled: { links: [link] } })] },
      { spec: attachment, beside: [hostBgp, cable({ unbundled: { link } }), leaf(['default'], { redundancy: { group: 'm', type: 'mclag' } })] },
    ],
  },
  {
    id: 'attachment-vlan-namespace',
    kinds: ['VPCAttachment'],
    severity: 'error',
    needsLookup: true,
    text: "Every switch of the connection has the VPC's VLANNamespace",
    remedy: "Add the VPC's VLANNamespace to the switch, or attach the VPC elsewhere",
    check: ({ spec }, { lookup }) => {
      const attached = lookup?.get('VPC', (textAt(spec, 'subnet') ?? '').split('/')[0] ?? '');
      const connection = lookup?.get('Connection', textAt(spec, 'connection') ?? '');
      const namespace = textAt(attached?.spec, 'vlanNamespace');
      if (!namespace || !connection) return [];
      return connectionSwitches(connection.spec).flatMap((name) => {
        const device = lookup?.get('Switch', name);
        const lacks = device !== undefined && !textsAt(device.spec, 'vlanNamespaces').includes(namespace);
        return hitIf(lacks, 'spec.connection', `Switch ${name} does not have VLANNamespace ${namespace}`);
      });
    },
    good: [{ spec: attachment, beside: [vpc('vpc-1'), cable({ unbundled: { link } }), leaf(['default', 'x'])] }],
    bad: [{ spec: attachment, beside: [vpc('vpc-1'), cable({ unbundled: { link } }), leaf(['x'])] }],
  },
  {
    id: 'external-attachment-kind',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    needsLookup: true,
    text: 'An External is attached to a connection of type external, statically if and only if it is static',
    remedy: 'Attach it to an external connection, with static set as on the External',
    check: ({ spec }, { lookup }) => {
      const named = lookup?.get('External', textAt(spec, 'external') ?? '');
      const connection = lookup?.get('Connection', textAt(spec, 'connection') ?? '');
      const statically = spec.static !== undefined;
      return [
        ...hitIf(named !== undefined && (named.spec.static !== undefined) !== statically, 'spec.static', `External ${textAt(spec, 'external')} is ${statically ? 'not static' : 'static'}`),
        ...hitIf(connection !== undefined && connection.spec.external === undefined, 'spec.connection', `Connection ${textAt(spec, 'connection')} is not of type external`),
      ];
    },
    good: [{ spec: outside, beside: [{ kind: 'External', name: 'ext-1', spec: { static: { prefixes: ['0.0.0.0/0'] } } }, cable({ external: { link: { switch: link.switch } } })] }],
    bad: [
      { spec: outside, beside: [{ kind: 'External', name: 'ext-1', spec: {} }] },
      { spec: outside, beside: [cable({ unbundled: { link } })] },
    ],
  },
  {
    id: 'peering-namespaces',
    kinds: ['VPCPeering', 'ExternalPeering'],
    severity: 'error',
    needsLookup: true,
    text: 'Peers share their IPv4Namespace, two VPCs their VLANNamespace as well',
    remedy: 'Peer through a gateway, or move one of the two',
    check: (object, { lookup }) => (lookup ? namespaceHits(object, lookup) : []),
    good: [{ spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }, beside: [vpc('vpc-1'), vpc('vpc-2')] }],
    bad: [
      { spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }, beside: [vpc('vpc-1'), vpc('vpc-2', { ipv4Namespace: 'other' })] },
      { spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }, beside: [vpc('vpc-1'), vpc('vpc-2', { vlanNamespace: 'other' })] },
      { kind: 'ExternalPeering', spec: { permit: { vpc: { name: 'vpc-1', subnets: ['default'] }, external: { name: 'ext-1', prefixes: [{ prefix: '0.0.0.0/0' }] } } }, beside: [vpc('vpc-1'), { kind: 'External', name: 'ext-1', spec: { ipv4Namespace: 'other' } }] },
    ],
  },
  {
    id: 'gateway-peering-inside',
    kinds: ['GatewayPeering'],
    severity: 'error',
    needsLookup: true,
    text: 'Each CIDR that a VPC exposes lies in one of its subnets',
    remedy: 'Expose part of a subnet of the VPC',
    check: ({ spec }, { lookup }) =>
      entriesAt(spec, 'peering').flatMap(([side, entry]) => {
        const exposing = side.startsWith(EXTERNAL_SIDE_PREFIX) ? undefined : lookup?.get('VPC', side);
        return exposing ? exposureHits(side, entry, exposing) : [];
      }),
    good: [{ spec: { peering: { 'vpc-1': { expose: [{ ips: [{ cidr: '10.0.1.0/25' }] }] }, 'ext.isp': { expose: [{ default: true }] } } }, beside: [vpc('vpc-1')] }],
    bad: ['10.0.2.0/24', '10.0.0.0/16'].map((cidr) => ({
      spec: { peering: { 'vpc-1': { expose: [{ ips: [{ cidr }] }] }, 'ext.isp': { expose: [{ default: true }] } } },
      beside: [vpc('vpc-1')],
    })),
  },
];

function serverConnectionHits({ spec }: NormalisedObject, lookup: Lookup): RuleHit[] {
  const [vpcName = '', subnetName = ''] = (textAt(spec, 'subnet') ?? '').split('/');
  const connection = lookup.get('Connection', textAt(spec, 'connection') ?? '');
  if (!connection) return [];
  const attached = lookup.get('VPC', vpcName);
  const [type] = connectionTypes(connection.spec);
  const speaksBgp = objectAt(attached?.spec, 'subnets', subnetName)?.hostBGP === true;
  const name = connection.metadata.name;
  const pairs = connectionSwitches(connection.spec).filter((each) => textAt(lookup.get('Switch', each)?.spec, 'redundancy', 'type') === 'mclag');
  return [
    ...hitIf(!SERVER_TYPES.includes(type ?? ''), 'spec.connection', `Connection ${name} is of type ${type ?? 'none'}, which leads to no server`),
    ...hitIf(type === 'eslag' && textAt(attached?.spec, 'mode') !== undefined, 'spec.connection', `Connection ${name} is ESLAG, VPC ${vpcName} is of mode ${textAt(attached?.spec, 'mode')}`),
    ...hitIf(speaksBgp && type !== 'unbundled', 'spec.connection', `Hosts of subnet ${subnetName} speak BGP, and Connection ${name} is of type ${type}`),
    ...pairs.flatMap((each) => hitIf(speaksBgp, 'spec.connection', `Hosts of subnet ${subnetName} speak BGP, and Switch ${each} is one of an MCLAG pair`)),
  ];
}

function namespaceHits({ kind, spec }: NormalisedObject, lookup: Lookup): RuleHit[] {
  const named =
    kind === 'VPCPeering'
      ? vpcPeeringSides(spec).map((name) => lookup.get('VPC', name))
      : [lookup.get('VPC', textAt(spec, 'permit', 'vpc', 'name') ?? ''), lookup.get('External', textAt(spec, 'permit', 'external', 'name') ?? '')];
  const [first, second] = named;
  if (!first || !second) return [];
  const fields = kind === 'VPCPeering' ? ['ipv4Namespace', 'vlanNamespace'] : ['ipv4Namespace'];
  return fields.flatMap((field) => {
    const [one, other] = [textAt(first.spec, field), textAt(second.spec, field)];
    return hitIf(one !== other, 'spec.permit', `${first.metadata.name} has ${field} ${one}, ${second.metadata.name} ${other}`);
  });
}

function exposureHits(side: string, entry: JsonObject, exposing: NormalisedObject): RuleHit[] {
  const subnets = entriesAt(exposing.spec, 'subnets').flatMap(([, subnet]) => parseCidr(subnet.subnet) ?? []);
  return listAt(entry, 'expose').flatMap((expose, at) =>
    listAt(expose, 'ips').flatMap((ip, index) => {
      const cidr = parseCidr(textAt(ip, 'cidr'));
      const outsideAll = cidr !== undefined && !subnets.some((subnet) => cidr.first >= subnet.first && cidr.last <= subnet.last);
      return hitIf(outsideAll, fieldPath('spec', 'peering', side, 'expose', at, 'ips', index, 'cidr'), `${textAt(ip, 'cidr')} is in no subnet of VPC ${side}`);
    }),
  );
}
