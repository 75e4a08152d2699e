import { fieldPath } from '../field-path.ts';
import { reservedSubnets } from '../fabric-defaults.ts';
import { contains, formatCidr, overlaps, parseCidr } from '../net/ipv4.ts';
import type { JsonObject } from '../resource-object.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleContext, RuleExample, RuleHit } from './rule.ts';

const MOST_SUBNETS = 20;
const LONGEST_PREFIX = 30;

/** A check of one subnet; `at` makes paths below it. */
export type SubnetCheck = (subnet: JsonObject, at: (...steps: string[]) => string, context: RuleContext) => RuleHit[];

/** A rule that holds for each subnet of a VPC on its own; the examples are subnets. */
export function subnetRule(given: Pick<Rule, 'id' | 'text' | 'remedy'> & { check: SubnetCheck; good: JsonObject[]; bad: JsonObject[] }): Rule {
  const vpcWith = (subnet: JsonObject): RuleExample => ({ name: 'vpc-1', spec: { subnets: { default: { subnet: '10.0.1.0/24', vlan: 1001, ...subnet } } } });
  return {
    kinds: ['VPC'],
    severity: 'error',
    id: given.id,
    text: given.text,
    remedy: given.remedy,
    check: ({ spec }, context) =>
      entriesAt(spec, 'subnets').flatMap(([name, subnet]) => given.check(subnet, (...steps) => fieldPath('spec', 'subnets', name, ...steps), context)),
    good: given.good.map(vpcWith),
    bad: given.bad.map(vpcWith),
  };
}

const vpc = (spec: JsonObject): RuleExample => ({ name: 'vpc-1', spec });
const twoSubnets = { a: { subnet: '10.0.1.0/24', vlan: 1001 }, b: { subnet: '10.0.2.0/24', vlan: 1002 } };

export const vpcRules: readonly Rule[] = [
  {
    id: 'vpc-subnet-count',
    kinds: ['VPC'],
    severity: 'error',
    text: `A VPC has 1 to ${MOST_SUBNETS} subnets`,
    remedy: `Give 1 to ${MOST_SUBNETS} subnets`,
    check: ({ spec }) => {
      const count = Object.keys(objectAt(spec, 'subnets') ?? {}).length;
      return hitIf(count < 1 || count > MOST_SUBNETS, 'spec.subnets', `There are ${count} subnets`);
    },
    good: [vpc({ subnets: twoSubnets })],
    bad: [vpc({}), vpc({ subnets: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`s${at}`, { subnet: `10.0.${at}.0/24`, vlan: 1000 + at }])) })],
  },
  {
    id: 'vpc-mode',
    kinds: ['VPC'],
    severity: 'error',
    text: 'The mode of a VPC is empty or l3vni',
    remedy: 'Leave mode empty for L2VNI, or set l3vni',
    check: ({ spec }) => {
      const mode = textAt(spec, 'mode');
      return hitIf(mode !== undefined && mode !== 'l3vni', 'spec.mode', `Mode ${mode} is not supported`);
    },
    good: [vpc({ mode: '', subnets: twoSubnets }), vpc({ mode: 'l3vni', subnets: twoSubnets })],
    bad: [vpc({ mode: 'l3flat', subnets: twoSubnets })],
  },
  subnetRule({
    id: 'vpc-subnet-cidr',
    text: `A subnet is an IPv4 CIDR with a prefix length of at most ${LONGEST_PREFIX}`,
    remedy: 'Write it as network/length, such as 10.0.1.0/24',
    check: ({ subnet }, at) => {
      const cidr = parseCidr(subnet);
      const wrong = !cidr || cidr.prefix > LONGEST_PREFIX;
      return hitIf(wrong, at('subnet'), cidr ? `${String(subnet)} is too small: /${LONGEST_PREFIX} at most` : `${subnet === undefined ? 'Nothing' : JSON.stringify(subnet)} is no IPv4 CIDR`);
    },
    good: [{}, { subnet: '10.0.0.0/30' }],
    bad: [{ subnet: '10.0.0.0/31' }, { subnet: '10.0.0.0' }, { subnet: '' }],
  }),
  subnetRule({
    id: 'vpc-subnet-reserved',
    text: "A subnet does not overlap the fabric's own subnets",
    remedy: "Choose a subnet outside the fabric's management, protocol, tunnel and link networks",
    check: ({ subnet }, at, { settings }) => {
      const cidr = parseCidr(subnet);
      const taken = reservedSubnets(settings).find((reserved) => cidr && overlaps(cidr, parseCidr(reserved)!));
      return hitIf(taken !== undefined, at('subnet'), `${String(subnet)} overlaps ${taken}, which the fabric uses`);
    },
    good: [{ subnet: '172.31.0.0/24' }],
    bad: [{ subnet: '172.30.12.0/24' }],
  }),
  subnetRule({
    id: 'vpc-gateway-inside',
    text: 'The gateway is an address of its subnet',
    remedy: 'Use an address of the subnet, or leave the gateway out for the first one',
    check: ({ subnet, gateway, hostBGP }, at) => {
      const cidr = parseCidr(subnet);
      const address = parseCidr(`${String(gateway)}/32`)?.address;
      const wrong = gateway !== undefined && hostBGP !== true && (address === undefined || (cidr !== undefined && !contains(cidr, address)));
      return hitIf(wrong, at('gateway'), `${String(gateway)} is not an address of ${String(subnet)}`);
    },
    good: [{}, { gateway: '10.0.1.254' }],
    bad: [{ gateway: '10.0.2.1' }, { gateway: 'first' }],
  }),
  subnetRule({
    id: 'vpc-vlan-required',
    text: 'A subnet has a VLAN from 1 to 4094, unless its hosts speak BGP',
    remedy: 'Set vlan to one from the VLANNamespace',
    check: (subnet, at) => {
      const vlan = numberAt(subnet, 'vlan');
      if (vlan === undefined) return hitIf(subnet.hostBGP !== true, at('vlan'), 'There is no VLAN');
      return hitIf(vlan < 1 || vlan > 4094, at('vlan'), `${vlan} is no VLAN`);
    },
    good: [{}, { vlan: 0, hostBGP: true }],
    bad: [{ vlan: 0 }, { vlan: 4095 }],
  }),
  subnetRule({
    id: 'vpc-hostbgp-fields',
    text: 'Prefix lengths and extra prefixes stand only on subnets whose hosts speak BGP',
    remedy: 'Set hostBGP, or remove the field',
    check: (subnet, at) =>
      subnet.hostBGP === true
        ? []
        : ['hostBGPMinPrefixLen', 'hostBGPMaxPrefixLen', 'hostBGPExtraPrefixes'].flatMap((field) => hitIf(subnet[field] !== undefined, at(field), `${field} needs hostBGP`)),
    good: [{ hostBGP: true, hostBGPMinPrefixLen: 25 }],
    bad: [{ hostBGPMinPrefixLen: 25 }],
  }),
  {
    id: 'vpc-vlans-distinct',
    kinds: ['VPC'],
    severity: 'error',
    text: 'No two subnets of a VPC have one VLAN',
    remedy: 'Give each subnet a VLAN of its own',
    check: ({ spec }) => {
      const first = new Map<number, string>();
      return entriesAt(spec, 'subnets').flatMap(([name, subnet]) => {
        const vlan = numberAt(subnet, 'vlan');
        if (!vlan) return [];
        const other = first.get(vlan);
        if (other === undefined) first.set(vlan, name);
        return hitIf(other !== undefined, fieldPath('spec', 'subnets', name, 'vlan'), `VLAN ${vlan} is that of subnet ${other}, too`);
      });
    },
    good: [vpc({ subnets: twoSubnets })],
    bad: [vpc({ subnets: { ...twoSubnets, c: { subnet: '10.0.3.0/24', vlan: 1001 } } })],
  },
  {
    id: 'vpc-subnets-disjoint',
    kinds: ['VPC'],
    severity: 'error',
    text: 'The subnets of a VPC do not overlap, extra prefixes of BGP hosts included',
    remedy: 'Change one of the two',
    check: ({ spec }) => {
      const ranges = entriesAt(spec, 'subnets').flatMap(([name, subnet]) => [
        { field: fieldPath('spec', 'subnets', name, 'subnet'), cidr: parseCidr(subnet.subnet) },
        ...Object.keys(objectAt(subnet, 'hostBGPExtraPrefixes') ?? {}).map((prefix) => ({
          field: fieldPath('spec', 'subnets', name, 'hostBGPExtraPrefixes', prefix),
          cidr: parseCidr(prefix),
        })),
      ]);
      return ranges.flatMap(({ field, cidr }, index) => {
        const other = ranges.slice(0, index).find((earlier) => cidr && earlier.cidr && overlaps(cidr, earlier.cidr));
        return hitIf(other !== undefined, field, `${cidr && formatCidr(cidr)} overlaps ${other?.cidr && formatCidr(other.cidr)} (${other?.field})`);
      });
    },
    good: [vpc({ subnets: twoSubnets })],
    bad: [vpc({ subnets: { ...twoSubnets, c: { subnet: '10.0.1.128/25', vlan: 1003 } } })],
  },
  {
    id: 'vpc-permit',
    kinds: ['VPC'],
    severity: 'error',
    text: 'A permit list names two or more different subnets of the VPC',
    remedy: 'Name each subnet once, and only subnets of this VPC',
    check: ({ spec }) =>
      listAt(spec, 'permit').flatMap((permit, index) => {
        const names = Array.isArray(permit) ? permit : [];
        const known = objectAt(spec, 'subnets') ?? {};
        const field = fieldPath('spec', 'permit', index);
        const strangers = names.filter((name) => typeof name === 'string' && !Object.hasOwn(known, name));
        return [
          ...hitIf(names.length < 2, field, 'A permit list needs two subnets or more'),
          ...hitIf(new Set(names).size !== names.length, field, 'A subnet stands twice in a permit list'),
          ...strangers.map((name) => ({ field, message: `There is no subnet ${String(name)}` })),
        ];
      }),
    good: [vpc({ subnets: twoSubnets, permit: [['a', 'b']] })],
    bad: [vpc({ subnets: twoSubnets, permit: [['a']] }), vpc({ subnets: twoSubnets, permit: [['a', 'z']] }), vpc({ subnets: twoSubnets, permit: [['a', 'a']] })],
  },
  {
    id: 'vpc-static-route',
    kinds: ['VPC'],
    severity: 'error',
    text: 'A static route has a prefix without host bits and at least one next hop, an IPv4 address',
    remedy: 'Write the network address, and give a next hop',
    check: ({ spec }) =>
      listAt(spec, 'staticRoutes').flatMap((route) => {
        const prefix = textAt(route, 'prefix');
        const cidr = parseCidr(prefix);
        const field = fieldPath('spec', 'staticRoutes', { prefix: prefix ?? '' });
        const hops = textsAt(route, 'nextHops');
        return [
          ...hitIf(!cidr || cidr.address !== cidr.first, `${field}.prefix`, `${prefix ?? 'Nothing'} is no network prefix`, cidr && `Write ${formatCidr(cidr)}`),
          ...hitIf(hops.length === 0, `${field}.nextHops`, 'There is no next hop'),
          ...hops.flatMap((hop) => hitIf(parseCidr(`${hop}/32`) === undefined, `${field}.nextHops`, `${hop} is no IPv4 address`)),
        ];
      }),
    good: [vpc({ subnets: twoSubnets, staticRoutes: [{ prefix: '10.100.0.0/24', nextHops: ['10.200.0.0'] }] })],
    bad: [
      vpc({ subnets: twoSubnets, staticRoutes: [{ prefix: '10.100.0.1/24', nextHops: ['10.200.0.0'] }] }),
      vpc({ subnets: twoSubnets, staticRoutes: [{ prefix: '10.100.0.0/24' }] }),
      vpc({ subnets: twoSubnets, staticRoutes: [{ prefix: '10.100.0.0/24', nextHops: ['here'] }] }),
    ],
  },
];
