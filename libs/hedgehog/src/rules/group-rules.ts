import { fieldPath } from '../field-path.ts';
import { connectionSwitches, connectionTypes } from '../kinds/connection-ends.ts';
import { EXTERNAL_SIDE_PREFIX } from '../kinds/peerings.ts';
import type { Lookup } from '../lookup.ts';
import { type Cidr, formatCidr, overlaps, parseCidr } from '../net/ipv4.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample, RuleHit } from './rule.ts';

/** From here on Broadcom's silicon keeps VLANs for itself (Hedgehog's fabric, PR 1505). */
const FIRST_KEPT_VLAN = 3097;

type Beside = NonNullable<RuleExample['beside']>[number];

const device = (name: string, redundancy?: JsonObject): Beside => ({ kind: 'Switch', name, spec: { role: 'server-leaf', ...(redundancy && { redundancy }) } });
const link = (name: string): JsonObject => ({ server: { port: `s-1/${name}` }, switch: { port: `${name}/E1/1` } });
const eslag = (...beside: Beside[]): RuleExample => ({ kind: 'Connection', name: 'c-1', spec: { eslag: { links: beside.map(({ name }) => link(name)) } }, beside });
const pool = (name: string, from: number, to: number): Beside => ({ kind: 'VLANNamespace', name, spec: { ranges: [{ from, to }] } });
const carrying = (...beside: Beside[]): RuleExample => ({ kind: 'Switch', name: 'leaf-1', spec: { role: 'server-leaf', profile: 'vs', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', vlanNamespaces: beside.map(({ name }) => name) }, beside });
const members = (count: number): Beside[] => Array.from({ length: count }, (_, index) => ({ kind: 'Gateway', name: `gw-${index}`, spec: { groups: [{ name: 'g' }] } }));
const joining = (beside: Beside[]): RuleExample => ({
  name: 'x',
  spec: { groups: [{ name: 'g' }], asn: 65534, protocolIP: '172.30.8.3/32', vtepIP: '172.30.12.3/32', vtepMAC: '02:00:00:00:01:02', interfaces: { enp2s1: { ips: ['172.30.128.1/31'] } }, neighbors: [{ asn: 65101, ip: '172.30.128.0' }] },
  beside,
});
const peering = (name: string, other: string, cidr: string, as?: string): Beside => ({
  kind: 'GatewayPeering', name, spec: { peering: { 'vpc-1': { expose: [{ ips: [{ cidr: '10.0.9.0/24' }] }] }, [other]: { expose: [{ ips: [{ cidr }], ...(as && { as: [{ cidr: as }], nat: { static: {} } }) }] } } },
});
const proxied = (proxy: boolean): RuleExample => ({
  kind: 'ExternalPeering',
  spec: { permit: { vpc: { name: 'vpc-1', subnets: ['default'] }, external: { name: 'ext-1', prefixes: [{ prefix: '0.0.0.0/0' }] } } },
  beside: [
    { kind: 'External', name: 'ext-1', spec: { static: { prefixes: ['0.0.0.0/0'] } } },
    { kind: 'ExternalAttachment', name: 'ea-1', spec: { external: 'ext-1', connection: 'c-1', static: { remoteIP: '192.168.30.1', ...(proxy ? { proxy } : { ip: '192.168.30.2/24' }) } } },
  ],
});

/** Rules on objects that have to fit together as a group. */
export const groupRules: readonly Rule[] = [
  {
    id: 'connection-eslag-group',
    kinds: ['Connection'],
    severity: 'error',
    needsLookup: true,
    text: 'The switches of an ESLAG are in one redundancy group of type eslag',
    remedy: 'Put the switches into one redundancy group of type eslag, or cable the server elsewhere',
    check: ({ spec }, { lookup }) => {
      if (!connectionTypes(spec).includes('eslag')) return [];
      const switches = connectionSwitches(spec).flatMap((name) => lookup?.get('Switch', name) ?? []);
      const outside = switches.filter((each) => textAt(each.spec, 'redundancy', 'type') !== 'eslag' || textAt(each.spec, 'redundancy', 'group') === undefined);
      const groups = new Set(switches.map((each) => textAt(each.spec, 'redundancy', 'group')));
      return [
        ...outside.flatMap((each) => hitIf(true, 'spec.eslag.links', `Switch ${each.metadata.name} is in no redundancy group of type eslag`)),
        ...hitIf(outside.length === 0 && groups.size > 1, 'spec.eslag.links', `The switches are in ${groups.size} groups: ${[...groups].join(', ')}`),
      ];
    },
    good: [eslag(device('leaf-1', { group: 'e', type: 'eslag' }), device('leaf-2', { group: 'e', type: 'eslag' }))],
    bad: [eslag(device('leaf-1', { group: 'e', type: 'eslag' }), device('leaf-2')), eslag(device('leaf-1', { group: 'e', type: 'eslag' }), device('leaf-2', { group: 'f', type: 'eslag' }))],
  },
  {
    id: 'switch-vlan-namespaces',
    kinds: ['Switch'],
    severity: 'error',
    needsLookup: true,
    text: 'The VLANNamespaces of a switch do not overlap',
    remedy: 'Take one of the two from the switch, or shrink one of them',
    check: ({ spec }, { lookup }) => {
      const namespaces = textsAt(spec, 'vlanNamespaces').map((name) => ({ name, ranges: rangesOf(lookup?.get('VLANNamespace', name)) }));
      return namespaces.flatMap(({ name, ranges }, index) => {
        const twin = namespaces.slice(0, index).find((other) => other.name !== name && other.ranges.some((one) => ranges.some((range) => overlaps(one, range))));
        return hitIf(twin !== undefined, 'spec.vlanNamespaces', `${twin?.name} and ${name} have VLANs in common`);
      });
    },
    good: [carrying(pool('a', 1000, 1099), pool('b', 1100, 1199))],
    bad: [carrying(pool('a', 1000, 1100), pool('b', 1100, 1199))],
  },
  {
    id: 'vlan-namespace-silicon',
    kinds: ['VLANNamespace'],
    severity: 'warning',
    text: 'VLANs from 3097 on are kept by Broadcom silicon, though older releases of Hedgehog do not refuse them',
    remedy: 'Use VLANs below 3097',
    check: ({ spec }) =>
      listAt(spec, 'ranges').flatMap((range) => {
        const [from = 0, to = 0] = [numberAt(range, 'from'), numberAt(range, 'to')];
        return hitIf(to >= FIRST_KEPT_VLAN && from <= to, fieldPath('spec', 'ranges', { from, to }), `${from}-${to} reaches into ${FIRST_KEPT_VLAN}-4094`);
      }),
    good: [{ spec: { ranges: [{ from: 1000, to: 2999 }] } }],
    bad: [{ spec: { ranges: [{ from: 4000, to: 4094 }] } }],
  },
  {
    id: 'gateway-group-size',
    kinds: ['Gateway'],
    severity: 'error',
    needsLookup: true,
    reads: [{ referrersOf: 'GatewayGroup', kinds: ['Gateway'] }],
    text: 'A gateway group has no more members than there are communities configured for gateways',
    remedy: 'Take gateways out of the group, or configure more communities',
    check: (gateway, { lookup, settings }) =>
      listAt(gateway.spec, 'groups').flatMap((group, index) => {
        const name = textAt(group, 'name') ?? '';
        const others = (lookup?.referrers('GatewayGroup', name, 'Gateway') ?? []).filter((other) => other.metadata.name !== gateway.metadata.name);
        return hitIf(others.length + 1 > settings.gatewayCommunities, fieldPath('spec', 'groups', index), `GatewayGroup ${name} has ${others.length + 1} members, ${settings.gatewayCommunities} communities are configured`);
      }),
    good: [joining(members(9))],
    bad: [joining(members(10))],
  },
  {
    id: 'gateway-peering-exposed-once',
    kinds: ['GatewayPeering'],
    severity: 'error',
    needsLookup: true,
    reads: [{ referrersOf: 'VPC', kinds: ['GatewayPeering'] }],
    text: 'What different peerings expose to one VPC does not overlap',
    remedy: 'Expose other addresses, or translate them with as',
    check: (object, { lookup }) =>
      lookup ? Object.keys(objectAt(object.spec, 'peering') ?? {}).filter((side) => !side.startsWith(EXTERNAL_SIDE_PREFIX)).flatMap((side) => exposedTwice(object, side, lookup)) : [],
    good: [
      { ...peering('p-1', 'vpc-2', '10.0.2.0/24'), beside: [peering('p-2', 'vpc-3', '10.0.3.0/24')] },
      { ...peering('p-1', 'vpc-2', '10.0.2.0/24'), beside: [peering('p-2', 'vpc-3', '10.0.2.0/24', '192.168.2.0/24')] },
    ],
    bad: [
      { ...peering('p-1', 'vpc-2', '10.0.2.0/24'), beside: [peering('p-2', 'vpc-3', '10.0.2.128/25')] },
      { ...peering('p-1', 'vpc-2', '10.0.2.0/24'), beside: [peering('p-2', 'vpc-3', '10.7.0.0/24', '10.0.2.0/24')] },
    ],
  },
  {
    id: 'external-peering-proxied',
    kinds: ['ExternalPeering'],
    severity: 'error',
    needsLookup: true,
    reads: [{ referrersOf: 'External', kinds: ['ExternalAttachment'] }],
    text: 'An External that is attached through a proxy is peered by a GatewayPeering',
    remedy: 'Replace the ExternalPeering by a GatewayPeering, or attach the External with an address of its own',
    check: ({ spec }, { lookup }) => {
      const name = textAt(spec, 'permit', 'external', 'name') ?? '';
      const through = (lookup?.referrers('External', name, 'ExternalAttachment') ?? []).filter((each) => objectAt(each.spec, 'static')?.proxy === true);
      return hitIf(through.length > 0, 'spec.permit.external.name', `External ${name} is attached through a proxy by ${through.map((each) => each.metadata.name).join(', ')}`);
    },
    good: [proxied(false)],
    bad: [proxied(true)],
  },
];

function rangesOf(namespace: NormalisedObject | undefined): { first: number; last: number }[] {
  return listAt(namespace?.spec, 'ranges').map((range) => ({ first: numberAt(range, 'from') ?? 0, last: numberAt(range, 'to') ?? 0 }));
}

function exposedTwice(object: NormalisedObject, side: string, lookup: Lookup): RuleHit[] {
  const mine = exposedTo(object, side, lookup);
  const others = lookup.referrers('VPC', side, 'GatewayPeering').filter((other) => other.metadata.name !== object.metadata.name);
  return mine.flatMap(({ by, cidr }) => {
    const twin = others.find((other) => exposedTo(other, side, lookup).some((theirs) => theirs.by !== by && overlaps(theirs.cidr, cidr)));
    return hitIf(twin !== undefined, fieldPath('spec', 'peering', by), `${formatCidr(cidr)} of ${by} overlaps what GatewayPeering ${twin?.metadata.name} exposes to VPC ${side}`);
  });
}

/** What the other side of a peering shows to a VPC: the translated addresses where there are any. */
function exposedTo({ spec }: NormalisedObject, side: string, lookup: Lookup): { by: string; cidr: Cidr }[] {
  return entriesAt(spec, 'peering').flatMap(([by, entry]) => {
    if (by === side) return [];
    const subnets = objectAt(lookup.get('VPC', by)?.spec, 'subnets');
    return listAt(entry, 'expose').flatMap((expose) => {
      const shown: Json[] = listAt(expose, 'as').length > 0 ? listAt(expose, 'as') : listAt(expose, 'ips');
      return shown.flatMap((ip) => {
        const cidr = parseCidr(textAt(ip, 'cidr') ?? textAt(subnets, textAt(ip, 'vpcSubnet') ?? '', 'subnet'));
        return cidr ? [{ by, cidr }] : [];
      });
    });
  });
}
