import { fieldPath } from '../field-path.ts';
import { EXTERNAL_SIDE_PREFIX } from '../kinds/peerings.ts';
import { parseCidr } from '../net/ipv4.ts';
import type { Json, JsonObject } from '../resource-object.ts';
import { entriesAt, listAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample, RuleHit } from './rule.ts';

const NAT_WAYS = ['masquerade', 'portForward', 'static'];
const LONGEST_RULE_NAME = 64;

const open = { expose: [{ ips: [{ cidr: '10.0.2.0/24' }] }] };
const translated = (nat: JsonObject): JsonObject => ({ expose: [{ ips: [{ cidr: '10.0.1.0/24' }], as: [{ cidr: '192.168.1.0/24' }], nat }] });
const example = (first: JsonObject, second: JsonObject = open, acl?: JsonObject): RuleExample => ({
  name: 'p-1',
  spec: { peering: { 'vpc-1': first, 'vpc-2': second }, ...(acl ? { acl } : {}) },
});
const withRule = (rule: JsonObject): RuleExample => example(open, open, { rules: [{ action: 'allow', from: 'vpc-1', ...rule }] });

/** Runs a check on each expose entry of each side, with its path. */
function exposes(spec: JsonObject, check: (expose: Json, at: string, side: string) => RuleHit[]): RuleHit[] {
  return entriesAt(spec, 'peering').flatMap(([side, entry]) =>
    listAt(entry, 'expose').flatMap((expose, index) => check(expose, fieldPath('spec', 'peering', side, 'expose', index), side)),
  );
}

export const gatewayPeeringRules: readonly Rule[] = [
  {
    id: 'gateway-peering-sides',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: 'A GatewayPeering has exactly two sides',
    remedy: 'Name two VPCs, or a VPC and ext. with an External',
    check: ({ spec }) => {
      const sides = Object.keys(objectAt(spec, 'peering') ?? {});
      return hitIf(sides.length !== 2, 'spec.peering', `There are ${sides.length} sides`);
    },
    good: [example(open)],
    bad: [{ name: 'p', spec: { peering: { 'vpc-1': open } } }],
  },
  {
    id: 'gateway-peering-doubtful',
    kinds: ['GatewayPeering'],
    severity: 'warning',
    text: 'A GatewayPeering joins no two Externals, its ACL rules lead from one side to the other, and forwarded ranges are equally long',
    remedy: 'Hedgehog lets it pass; check that it means what you want',
    check: ({ spec }) => {
      const sides = Object.keys(objectAt(spec, 'peering') ?? {});
      const externals = sides.filter((side) => side.startsWith(EXTERNAL_SIDE_PREFIX));
      return [
        ...hitIf(externals.length > 1, 'spec.peering', 'Both sides are Externals'),
        ...listAt(spec, 'acl', 'rules').flatMap((rule, index) => {
          const from = textAt(rule, 'from');
          return hitIf(from !== undefined && from === textAt(rule, 'to'), fieldPath('spec', 'acl', 'rules', index), `${from} is both from and to`);
        }),
        ...exposes(spec, unequalRangeHits),
      ];
    },
    good: [example(translated({ portForward: { ports: [{ port: '80-89', as: '8080-8089' }] } }))],
    bad: [
      { name: 'p', spec: { peering: { 'ext.a': open, 'ext.b': open } } },
      withRule({ to: 'vpc-1' }),
      example(translated({ portForward: { ports: [{ port: '80-81', as: '80' }] } })),
    ],
  },
  {
    id: 'gateway-peering-expose',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: 'What is exposed are CIDRs to include or leave out, or subnets of a VPC, one per entry; default stands alone',
    remedy: 'Give each entry of ips one of cidr, not and vpcSubnet, each entry of as one of cidr and not',
    check: ({ spec }) => exposes(spec, exposeHits),
    good: [example({ expose: [{ default: true }] }), example({ expose: [{ ips: [{ vpcSubnet: 'default' }, { not: '10.0.0.0/30' }] }] })],
    bad: [
      example({ expose: [{ ips: [{ cidr: '10.0.0.0/24', not: '10.0.0.0/30' }] }] }),
      example({ expose: [{ ips: [{}] }] }),
      example({ expose: [{}] }),
      example({ expose: [{ default: true, ips: [{ cidr: '10.0.0.0/24' }] }] }),
      example({ expose: [{ ips: [{ cidr: '10.0.0.0' }] }] }),
      { name: 'p', spec: { peering: { 'ext.isp': { expose: [{ ips: [{ vpcSubnet: 'default' }] }] }, 'vpc-1': open } } },
    ],
  },
  {
    id: 'gateway-peering-nat',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: 'Addresses are translated in one way, and exactly where as says to what',
    remedy: 'Set as together with nat, and one of masquerade, portForward and static',
    check: ({ spec }) =>
      exposes(spec, (expose, at) => {
        const nat = objectAt(expose, 'nat');
        const ways = NAT_WAYS.filter((way) => nat?.[way] !== undefined);
        return [
          ...hitIf((nat !== undefined) !== listAt(expose, 'as').length > 0, at, nat ? 'There is nat without as' : 'There is as without nat'),
          ...hitIf(nat !== undefined && ways.length !== 1, `${at}.nat`, ways.length === 0 ? 'There is no way of translation' : `There are ${ways.length} ways: ${ways.join(', ')}`),
        ];
      }),
    good: [example(translated({ masquerade: {} })), example(translated({ static: {} }))],
    bad: [example(translated({})), example(translated({ masquerade: {}, static: {} })), example({ expose: [{ ips: [{ cidr: '10.0.1.0/24' }], as: [{ cidr: '10.9.0.0/24' }] }] })],
  },
  {
    id: 'gateway-peering-nat-sides',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: 'Only one side translates with state (masquerade, portForward), and then the other side not at all',
    remedy: 'Remove the translation of one side, or make both static',
    check: ({ spec }) => {
      const ways = entriesAt(spec, 'peering').map(([, entry]) => listAt(entry, 'expose').flatMap((expose) => Object.keys(objectAt(expose, 'nat') ?? {})));
      const [first = [], second = []] = ways;
      const stateful = (side: string[]): boolean => side.some((way) => way !== 'static');
      const clash = (stateful(first) && second.length > 0) || (stateful(second) && first.length > 0);
      return hitIf(clash, 'spec.peering', 'Both sides translate, at least one of them with state');
    },
    good: [example(translated({ masquerade: {} })), example(translated({ static: {} }), translated({ static: {} }))],
    bad: [example(translated({ masquerade: {} }), translated({ masquerade: {} })), example(translated({ masquerade: {} }), translated({ static: {} }))],
  },
  {
    id: 'gateway-peering-ports',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: 'Ports are numbers from 1 to 65535 or ranges of them',
    remedy: 'Write a port such as 443, or a range such as 8000-8010',
    check: ({ spec }) => [...exposes(spec, forwardHits), ...matchedPortHits(spec)],
    good: [example(translated({ portForward: { ports: [{ proto: 'tcp', port: '22', as: '22101' }, { port: '80-89', as: '8080-8089' }] } })), withRule({ match: { dst: [{ ports: ['80', '443'] }] } })],
    bad: [
      example(translated({ portForward: {} })),
      example(translated({ portForward: { ports: [{ port: '0', as: '80' }] } })),
      example(translated({ portForward: { ports: [{ port: '80-70', as: '80-70' }] } })),
      withRule({ match: { dst: [{ ports: ['http'] }] } }),
    ],
  },
  {
    id: 'gateway-peering-acl',
    kinds: ['GatewayPeering'],
    severity: 'error',
    text: `ACL rules name a sender or receiver among the two sides, match CIDRs or subnets, and have names of at most ${LONGEST_RULE_NAME} characters`,
    remedy: 'Change what the message names',
    check: ({ spec }) => {
      const sides = Object.keys(objectAt(spec, 'peering') ?? {});
      return listAt(spec, 'acl', 'rules').flatMap((rule, index) => aclHits(rule, fieldPath('spec', 'acl', 'rules', index), sides));
    },
    good: [withRule({ name: 'a-to-b', to: 'vpc-2', match: { src: [{ cidr: '10.0.1.0/24' }], proto: 'tcp' } })],
    bad: [
      withRule({ from: '' }),
      withRule({ to: 'vpc-9' }),
      withRule({ name: 'x'.repeat(65) }),
      withRule({ match: { src: [{ cidr: '10.0.1.0/24', vpcSubnet: 'a' }] } }),
      withRule({ match: { dst: [{ cidr: '10.0.1.0' }] } }),
      withRule({ match: { proto: 'tcpp' } }),
    ],
  },
];

function exposeHits(expose: Json, at: string, side: string): RuleHit[] {
  const ips = listAt(expose, 'ips');
  const isDefault = objectAt(expose)?.default === true;
  const others = ['ips', 'as', 'nat'].filter((field) => objectAt(expose)?.[field] !== undefined);
  return [
    ...hitIf(isDefault && others.length > 0, at, `default stands beside ${others.join(', ')}`),
    ...hitIf(!isDefault && ips.length === 0, `${at}.ips`, 'Nothing is exposed'),
    ...ips.flatMap((ip, index) => entryHits(ip, ['cidr', 'not', 'vpcSubnet'], `${at}.ips[${index}]`)),
    ...listAt(expose, 'as').flatMap((as, index) => entryHits(as, ['cidr', 'not'], `${at}.as[${index}]`)),
    ...ips.flatMap((ip, index) =>
      hitIf(side.startsWith(EXTERNAL_SIDE_PREFIX) && textAt(ip, 'vpcSubnet') !== undefined, `${at}.ips[${index}].vpcSubnet`, 'An External has no subnets'),
    ),
  ];
}

function entryHits(entry: Json, choices: string[], at: string): RuleHit[] {
  const set = choices.filter((choice) => textAt(entry, choice) !== undefined);
  const wrong = set.filter((choice) => choice !== 'vpcSubnet' && !parseCidr(textAt(entry, choice)));
  return [
    ...hitIf(set.length !== 1, at, set.length === 0 ? `There is none of ${choices.join(', ')}` : `${set.join(' and ')} are both set`),
    ...wrong.map((choice) => ({ field: `${at}.${choice}`, message: `${textAt(entry, choice)} is no CIDR` })),
  ];
}

function forwardHits(expose: Json, at: string): RuleHit[] {
  if (objectAt(expose, 'nat', 'portForward') === undefined) return [];
  const ports = listAt(expose, 'nat', 'portForward', 'ports');
  const field = `${at}.nat.portForward.ports`;
  const each = ports.flatMap((entry, index) => {
    return ['port', 'as'].flatMap((end) => {
      const text = textAt(entry, end);
      return hitIf(portCount(text) === undefined, `${field}[${index}].${end}`, `${text ?? 'Nothing'} is no port`);
    });
  });
  return [...hitIf(ports.length === 0, field, 'There is no port'), ...each];
}

function unequalRangeHits(expose: Json, at: string): RuleHit[] {
  return listAt(expose, 'nat', 'portForward', 'ports').flatMap((entry, index) => {
    const [inside, outside] = [textAt(entry, 'port'), textAt(entry, 'as')];
    const counts = [portCount(inside), portCount(outside)];
    const unequal = counts.every((count) => count !== undefined) && counts[0] !== counts[1];
    return hitIf(unequal, `${at}.nat.portForward.ports[${index}]`, `${inside} and ${outside} are not equally many ports`);
  });
}

/** How many ports the text names, or undefined if it names none. */
function portCount(text: string | undefined): number | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? '');
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last <= 65535 && first <= last ? last - first + 1 : undefined;
}

function matchedPortHits(spec: JsonObject): RuleHit[] {
  return listAt(spec, 'acl', 'rules').flatMap((rule, at) =>
    ['src', 'dst'].flatMap((end) =>
      listAt(rule, 'match', end).flatMap((match, index) =>
        textsAt(match, 'ports').flatMap((port) => hitIf(portCount(port) === undefined, fieldPath('spec', 'acl', 'rules', at, 'match', end, index, 'ports'), `${port} is no port`)),
      ),
    ),
  );
}

function aclHits(rule: Json, at: string, sides: string[]): RuleHit[] {
  const [from, to, name, proto] = ['from', 'to', 'name'].map((field) => textAt(rule, field)).concat(textAt(rule, 'match', 'proto'));
  const strangers = [from, to].filter((side) => side !== undefined && !sides.includes(side));
  const knownProto = proto === undefined || ['tcp', 'udp'].includes(proto) || (/^\d{1,3}$/.test(proto) && Number(proto) <= 255);
  return [
    ...hitIf(from === undefined && to === undefined, at, 'There is neither from nor to'),
    ...strangers.map((side) => ({ field: at, message: `${side} is not a side of the peering (${sides.join(', ')})` })),
    ...hitIf((name?.length ?? 0) > LONGEST_RULE_NAME, `${at}.name`, `The name has ${name?.length} characters`),
    ...hitIf(!knownProto, `${at}.match.proto`, `${proto} is neither tcp, udp nor a protocol number`),
    ...['src', 'dst'].flatMap((end) => listAt(rule, 'match', end).flatMap((match, index) => matchHits(match, `${at}.match.${end}[${index}]`))),
  ];
}

function matchHits(match: Json, at: string): RuleHit[] {
  const cidr = textAt(match, 'cidr');
  return [
    ...hitIf(cidr !== undefined && textAt(match, 'vpcSubnet') !== undefined, at, 'cidr and vpcSubnet are both set'),
    ...hitIf(cidr !== undefined && !parseCidr(cidr), `${at}.cidr`, `${cidr} is no CIDR`),
  ];
}
