import { fieldPath } from '../field-path.ts';
import type { Lookup } from '../lookup.ts';
import { listed } from '../listed.ts';
import { formatCidr, parseCidr } from '../net/ipv4.ts';
import { referencesOf } from '../references-of.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { sameJson } from '../same-json.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample } from './rule.ts';

/** Names that a message lists before it only counts. */
const LISTED = 5;
const USERS_OF_SUBNETS = ['VPCAttachment', 'VPCPeering', 'ExternalPeering', 'GatewayPeering'];

type Beside = NonNullable<RuleExample['beside']>[number];
const leaf = { role: 'server-leaf', profile: 'vs', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', roce: true };
const device = (breakout: string, change: object = {}) => ({ ...leaf, portBreakouts: { 'E1/3': breakout }, ...change });
const both = { a: { subnet: '10.0.1.0/24', vlan: 1001 }, b: { subnet: '10.0.2.0/24', vlan: 1002 } };
const only = { a: both.a };
const attached = (subnet: string, leaving = false): Beside => ({ kind: 'VPCAttachment', name: 'at-1', spec: { subnet: `vpc-1/${subnet}`, connection: 'c-1' }, ...(leaving && { leaving }) });
const peered: Beside = { kind: 'VPCPeering', name: 'p-1', spec: { permit: [{ 'vpc-1': { subnets: ['b'] }, 'vpc-2': {} }] } };
const user = (leaving = false): Beside => ({ kind: 'VPC', name: 'vpc-1', spec: { subnets: both }, ...(leaving && { leaving }) });
const ranges = (to: number) => ({ ranges: [{ from: 1000, to }] });

/** Rules on what a change takes away, by comparison with the object as it lives. Hedgehog's webhooks let most of it pass. */
export const changeRules: readonly Rule[] = [
  {
    id: 'switch-breakout-roce',
    kinds: ['Switch'],
    severity: 'error',
    needsBefore: true,
    text: 'The breakouts of a switch do not change while RoCE is on',
    remedy: 'Turn RoCE off in one commit, change the breakouts, and turn it on again in a later one',
    check: ({ spec }, { before }) => {
      const now = objectAt(spec, 'portBreakouts') ?? {};
      const then = objectAt(before?.spec, 'portBreakouts') ?? {};
      const ports = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter((port) => !sameJson(then[port], now[port])).toSorted();
      return hitIf(before?.spec.roce === true && spec.roce === true && ports.length > 0, 'spec.portBreakouts', `The breakout of ${listed(ports, LISTED)} changes while RoCE is on`);
    },
    good: [{ spec: device('4x25G'), before: device('4x25G') }, { spec: device('4x25G', { roce: false }), before: device('1x100G') }, { spec: device('4x25G'), before: device('1x100G', { roce: false }) }],
    bad: [{ spec: device('4x25G'), before: device('1x100G') }, { spec: leaf, before: device('1x100G') }],
  },
  {
    id: 'vpc-subnet-in-use',
    kinds: ['VPC'],
    severity: 'error',
    needsLookup: true,
    needsBefore: true,
    reads: [{ referrersOf: 'VPC', kinds: USERS_OF_SUBNETS }],
    text: 'A subnet that is attached or peered is not taken out of a VPC',
    remedy: 'Take its attachments and peerings out of Git as well, or keep the subnet',
    check: ({ metadata: { name }, spec }, { before, lookup }) => {
      const kept = objectAt(spec, 'subnets') ?? {};
      const removed = Object.keys(objectAt(before?.spec, 'subnets') ?? {}).filter((subnet) => !Object.hasOwn(kept, subnet));
      if (removed.length === 0 || !lookup) return [];
      const users = staying('VPC', name, USERS_OF_SUBNETS, lookup);
      return removed.flatMap((subnet) => {
        const by = users.filter((each) => referencesOf(each).some(({ toKind, toName, toPart }) => toKind === 'VPC' && toName === name && toPart === subnet));
        return hitIf(by.length > 0, fieldPath('spec', 'subnets', subnet), `Subnet ${subnet} is taken out, and ${listed(by.map((each) => `${each.kind} ${each.metadata.name}`), LISTED)} ${by.length === 1 ? 'uses' : 'use'} it`);
      });
    },
    good: [
      { name: 'vpc-1', spec: { subnets: only }, before: { subnets: both }, beside: [attached('a')] },
      { name: 'vpc-1', spec: { subnets: only }, before: { subnets: both }, beside: [attached('b', true)] },
    ],
    bad: [attached('b'), peered].map((each) => ({ name: 'vpc-1', spec: { subnets: only }, before: { subnets: both }, beside: [each] })),
  },
  {
    id: 'vlan-namespace-in-use',
    kinds: ['VLANNamespace'],
    severity: 'error',
    needsLookup: true,
    needsBefore: true,
    reads: [{ referrersOf: 'VLANNamespace', kinds: ['VPC'] }],
    text: 'VLANs that VPCs use are not taken out of a VLANNamespace',
    remedy: 'Give the VPCs other VLANs first, or keep the range',
    check: ({ metadata: { name }, spec }, { before, lookup }) => {
      const [then, now] = [before?.spec, spec].map((each) => listAt(each, 'ranges').map((range) => [numberAt(range, 'from') ?? 0, numberAt(range, 'to') ?? 0] as const));
      const lost = (vlan: number): boolean => holds(then, vlan) && !holds(now, vlan);
      if (!lookup || !then?.some(([from, to]) => !now?.some(([first, last]) => first <= from && to <= last))) return [];
      const users = staying('VLANNamespace', name, ['VPC'], lookup).flatMap((vpc) => entriesAt(vpc.spec, 'subnets').flatMap(([, subnet]) => {
        const vlan = numberAt(subnet, 'vlan') ?? 0;
        return lost(vlan) ? [`VPC ${vpc.metadata.name} (${vlan})`] : [];
      }));
      return hitIf(users.length > 0, 'spec.ranges', `VLANs are taken out that are used by ${listed(users, LISTED)}`);
    },
    good: [{ name: 'default', spec: ranges(1002), before: ranges(2999), beside: [user()] }, { name: 'default', spec: ranges(1001), before: ranges(2999), beside: [user(true)] }],
    bad: [{ name: 'default', spec: ranges(1001), before: ranges(2999), beside: [user()] }],
  },
  {
    id: 'ipv4-namespace-in-use',
    kinds: ['IPv4Namespace'],
    severity: 'error',
    needsLookup: true,
    needsBefore: true,
    reads: [{ referrersOf: 'IPv4Namespace', kinds: ['VPC'] }],
    text: 'Subnets from which VPCs take theirs are not taken out of an IPv4Namespace',
    remedy: 'Move the VPCs to other subnets first, or keep the subnet of the namespace',
    check: ({ metadata: { name }, spec }, { before, lookup }) => {
      const [then = [], now = []] = [before?.spec, spec].map((each) => textsAt(each, 'subnets').flatMap((text) => parseCidr(text) ?? []));
      if (!lookup || !then.some((pool) => !inside(pool, now))) return [];
      const users = staying('IPv4Namespace', name, ['VPC'], lookup).flatMap((vpc) => entriesAt(vpc.spec, 'subnets').flatMap(([, subnet]) => {
        const cidr = parseCidr(textAt(subnet, 'subnet'));
        return cidr && inside(cidr, then) && !inside(cidr, now) ? [`VPC ${vpc.metadata.name} (${formatCidr(cidr)})`] : [];
      }));
      return hitIf(users.length > 0, 'spec.subnets', `Subnets are taken out that hold those of ${listed(users, LISTED)}`);
    },
    good: [
      { name: 'default', spec: { subnets: ['10.0.0.0/22'] }, before: { subnets: ['10.0.0.0/16'] }, beside: [user()] },
      { name: 'default', spec: { subnets: ['10.0.0.0/23'] }, before: { subnets: ['10.0.0.0/16'] }, beside: [user(true)] },
    ],
    bad: [{ name: 'default', spec: { subnets: ['10.0.0.0/23'] }, before: { subnets: ['10.0.0.0/16'] }, beside: [user()] }],
  },
];

/** Who names the object and stays: what Git has dropped goes before the object changes. */
function staying(kind: string, name: string, ofKinds: readonly string[], lookup: Lookup): NormalisedObject[] {
  return lookup.referrers(kind, name).filter((each) => ofKinds.includes(each.kind) && lookup.isLeaving?.(each.kind, each.metadata.name) !== true);
}

function holds(within: readonly (readonly [number, number])[] | undefined, vlan: number): boolean {
  return within?.some(([from, to]) => vlan >= from && vlan <= to) === true;
}

function inside(range: { first: number; last: number }, pools: readonly { first: number; last: number }[]): boolean {
  return pools.some((pool) => range.first >= pool.first && range.last <= pool.last);
}
