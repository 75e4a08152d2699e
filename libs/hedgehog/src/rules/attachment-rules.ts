import { fieldPath } from '../field-path.ts';
import { parseAddress, parseCidr } from '../net/ipv4.ts';
import { listAt, numberAt, objectAt, textAt } from '../spec-reader.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject } from '../resource-object.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleHit } from './rule.ts';

const P2P_ANNOTATION = 'fabric.githedgehog.com/p2p-link';
const LEAST_SEQ = 10;
const ACTIONS = ['permit', 'deny', 'discard', 'transit'];
const PROTOCOLS = ['ip', 'tcp', 'udp', 'icmp'];
const TCP_FLAGS = ['ack', 'fin', 'psh', 'rst', 'syn', 'urg'];

const bgp = { external: 'ext-1', connection: 'c-1', switch: { ip: '100.100.0.1/24', vlan: 100 }, neighbor: { asn: 65102, ip: '100.100.0.6' } };
const fixed = { external: 'ext-1', connection: 'c-1', static: { remoteIP: '192.168.30.1', ip: '192.168.30.5/24' } };
const statement = { seq: 10, action: 'permit', protocol: 'tcp', srcPrefix: 'any', dstPrefix: '10.0.0.0/8' };
const withStatements = (...statements: JsonObject[]) => ({ spec: { ...bgp, inboundACL: { statements: statements.map((given) => ({ ...statement, ...given })) } } });

export const attachmentRules: readonly Rule[] = [
  {
    id: 'attachment-subnet',
    kinds: ['VPCAttachment'],
    severity: 'error',
    text: 'An attachment names a subnet as vpc/subnet, and a connection',
    remedy: 'Write the subnet as vpc/subnet, such as vpc-1/default, and name a connection',
    check: ({ spec }) => {
      const parts = (textAt(spec, 'subnet') ?? '').split('/');
      return [
        ...hitIf(parts.length !== 2 || parts.includes(''), 'spec.subnet', `${JSON.stringify(textAt(spec, 'subnet') ?? '')} is not vpc/subnet`),
        ...hitIf(textAt(spec, 'connection') === undefined, 'spec.connection', 'There is no connection'),
      ];
    },
    good: [{ spec: { subnet: 'vpc-1', connection: 'c-1' } }],
    bad: [{ spec: { subnet: 'vpc-1/', connection: 'c-1' } }, { spec: { subnet: 'vpc-1/a/b', connection: 'c-1' } }, { spec: { subnet: 'vpc-1/a' } }],
  },
  {
    id: 'attachment-p2p',
    kinds: ['VPCAttachment'],
    severity: 'error',
    text: `The annotation ${P2P_ANNOTATION} is an IPv4 /31`,
    remedy: 'Write it as address/31, or remove the annotation',
    check: ({ metadata }) => {
      const link = metadata.annotations?.[P2P_ANNOTATION];
      return hitIf(link !== undefined && parseCidr(link)?.prefix !== 31, fieldPath('metadata', 'annotations', P2P_ANNOTATION), `${link} is no /31`);
    },
    good: [{ annotations: { [P2P_ANNOTATION]: '10.0.0.0/31' }, spec: { subnet: 'vpc-1', connection: 'c-1' } }],
    bad: [{ annotations: { [P2P_ANNOTATION]: '10.0.0.0/30' }, spec: { subnet: 'vpc-1', connection: 'c-1' } }],
  },
  {
    id: 'external-kind',
    kinds: ['External'],
    severity: 'error',
    text: 'An External has BGP communities such as 65102:5000, or static prefixes that do not overlap, not both',
    remedy: 'Give communities as number:number for BGP, or at least one prefix under static',
    check: ({ spec }) => externalHits(spec),
    good: [{ spec: { inboundCommunity: '65102:5000', outboundCommunity: '5000:65102' } }, { spec: { static: { prefixes: ['0.0.0.0/0'] } } }, { spec: {} }],
    bad: [
      { spec: { inboundCommunity: '65102' } },
      { spec: { inboundCommunity: '99999:1' } },
      { spec: { static: {} } },
      { spec: { static: { prefixes: ['10.0.0.0/8', '10.1.0.0/16'] } } },
      { spec: { static: { prefixes: ['10.0.0.0'] } } },
      { spec: { outboundCommunity: '5:6', static: { prefixes: ['10.0.0.0/8'] } } },
    ],
  },
  {
    id: 'external-attachment-names',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    text: 'An ExternalAttachment names an External and a Connection',
    remedy: 'Name both',
    check: ({ spec }) => ['external', 'connection'].flatMap((field) => hitIf(textAt(spec, field) === undefined, `spec.${field}`, `There is no ${field}`)),
    good: [{ spec: bgp }],
    bad: [{ spec: { ...bgp, connection: '' } }],
  },
  {
    id: 'external-attachment-bgp',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    text: 'An attachment with BGP has the address of the switch with prefix length, and ASN and address of the neighbor',
    remedy: 'Give switch.ip as address/length, neighbor.asn and neighbor.ip',
    check: ({ spec }) =>
      spec.static !== undefined
        ? []
        : [
            ...hitIf(!parseCidr(textAt(spec, 'switch', 'ip')), 'spec.switch.ip', `${textAt(spec, 'switch', 'ip') ?? 'Nothing'} is no address with prefix length`),
            ...hitIf(!numberAt(spec, 'neighbor', 'asn'), 'spec.neighbor.asn', 'There is no ASN'),
            ...hitIf(parseAddress(textAt(spec, 'neighbor', 'ip')) === undefined, 'spec.neighbor.ip', `${textAt(spec, 'neighbor', 'ip') ?? 'Nothing'} is no IPv4 address`),
          ],
    good: [{ spec: bgp }, { spec: fixed }],
    bad: [{ spec: { external: 'e', connection: 'c' } }, { spec: { ...bgp, switch: { ip: '100.100.0.1' } } }, { spec: { ...bgp, neighbor: { ip: '100.100.0.6' } } }],
  },
  {
    id: 'external-attachment-static',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    text: 'A static attachment has remoteIP and either ip or proxy, and nothing under switch and neighbor',
    remedy: 'Give remoteIP and one of ip and proxy, and empty switch and neighbor',
    check: ({ spec }) => staticHits(spec),
    good: [{ spec: fixed }, { spec: { ...fixed, static: { remoteIP: '192.168.30.1', proxy: true } } }],
    bad: [
      { spec: { ...fixed, static: { remoteIP: '192.168.30.1' } } },
      { spec: { ...fixed, static: { remoteIP: '192.168.30.1', ip: '192.168.30.5/24', proxy: true } } },
      { spec: { ...fixed, static: { remoteIP: 'x', proxy: true } } },
      { spec: { ...fixed, neighbor: { asn: 65102 } } },
      { spec: { ...fixed, static: { remoteIP: '192.168.30.1', ip: '192.168.30.5' } } },
    ],
  },
  {
    id: 'external-attachment-vlan',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    text: 'The VLAN of an attachment lies between 1 and 4094, or is 0 for none',
    remedy: 'Use 1 to 4094, or leave it out',
    check: ({ spec }) =>
      ['switch', 'static'].flatMap((side) => {
        const vlan = numberAt(spec, side, 'vlan');
        return hitIf(vlan !== undefined && (vlan < 0 || vlan > 4094), `spec.${side}.vlan`, `${vlan} is no VLAN`);
      }),
    good: [{ spec: bgp }],
    bad: [{ spec: { ...bgp, switch: { ip: '100.100.0.1/24', vlan: 5000 } } }],
  },
  {
    id: 'external-acl',
    kinds: ['ExternalAttachment'],
    severity: 'error',
    text: 'Statements of an inbound ACL have numbers of their own from 10, known actions and protocols, prefixes, and ports, flags and ICMP types only where the protocol has them',
    remedy: 'See the message; flags of one statement must not contradict each other',
    check: ({ spec }) => {
      const statements = listAt(spec, 'inboundACL', 'statements');
      const numbers = statements.map((one) => numberAt(one, 'seq'));
      return statements.flatMap((one, index) => {
        const at = fieldPath('spec', 'inboundACL', 'statements', { seq: numbers[index] ?? '' });
        const twice = numbers.indexOf(numbers[index]) !== index;
        return [...hitIf(twice, `${at}.seq`, `Number ${numbers[index]} stands twice`), ...statementHits(one, at)];
      });
    },
    good: [withStatements({ portRangeBegin: 80, portRangeEnd: 443, tcpFilters: { syn: true } }, { seq: 20, protocol: 'icmp', icmpType: 0 })],
    bad: [
      withStatements({ seq: 9 }),
      withStatements({}, {}),
      withStatements({ action: 'allow' }),
      withStatements({ protocol: 'gre' }),
      withStatements({ srcPrefix: 'all' }),
      withStatements({ protocol: 'ip', portRangeBegin: 80, portRangeEnd: 80 }),
      withStatements({ portRangeEnd: 80 }),
      withStatements({ portRangeBegin: 90, portRangeEnd: 80 }),
      withStatements({ protocol: 'udp', tcpFilters: { syn: true } }),
      withStatements({ tcpFilters: { established: true, ack: true } }),
      withStatements({ tcpFilters: { ack: true, notAck: true } }),
      withStatements({ icmpType: 0 }),
    ],
  },
];

function externalHits(spec: JsonObject): RuleHit[] {
  const communities = ['inboundCommunity', 'outboundCommunity'];
  if (spec.static !== undefined) {
    const prefixes = listAt(spec, 'static', 'prefixes').map((text) => ({ text: String(text), cidr: parseCidr(text) }));
    return [
      ...communities.flatMap((field) => hitIf(spec[field] !== undefined, `spec.${field}`, 'A static External has no communities')),
      ...hitIf(prefixes.length === 0, 'spec.static.prefixes', 'There is no prefix'),
      ...prefixes.flatMap(({ text, cidr }, index) => {
        const other = prefixes.slice(0, index).find((earlier) => cidr && earlier.cidr && cidr.first <= earlier.cidr.last && earlier.cidr.first <= cidr.last);
        return [
          ...hitIf(!cidr, 'spec.static.prefixes', `${text} is no CIDR`),
          ...hitIf(other !== undefined, 'spec.static.prefixes', `${text} overlaps ${other?.text}`),
        ];
      }),
    ];
  }
  return communities.flatMap((field) => {
    const text = textAt(spec, field);
    const parts = /^(\d{1,5}):(\d{1,5})$/.exec(text ?? '')?.slice(1).map(Number);
    return hitIf(text !== undefined && !parts?.every((part) => part <= 65535), `spec.${field}`, `${text} is no BGP community`);
  });
}

function staticHits(spec: JsonObject): RuleHit[] {
  if (spec.static === undefined) return [];
  const ip = textAt(spec, 'static', 'ip');
  const proxy = objectAt(spec, 'static')?.proxy === true;
  return [
    ...['switch', 'neighbor'].flatMap((side) => hitIf(Object.keys(objectAt(spec, side) ?? {}).length > 0, `spec.${side}`, `A static attachment has nothing under ${side}`)),
    ...hitIf(parseAddress(textAt(spec, 'static', 'remoteIP')) === undefined, 'spec.static.remoteIP', `${textAt(spec, 'static', 'remoteIP') ?? 'Nothing'} is no IPv4 address`),
    ...hitIf((ip !== undefined) === proxy, 'spec.static', proxy ? 'ip and proxy are both set' : 'Neither ip nor proxy is set'),
    ...hitIf(ip !== undefined && !parseCidr(ip), 'spec.static.ip', `${ip} has no prefix length`),
  ];
}

function statementHits(one: Json, at: string): RuleHit[] {
  const text = (field: string): string => textAt(one, field) ?? '';
  const protocol = text('protocol');
  const begin = numberAt(one, 'portRangeBegin') ?? 0;
  const end = numberAt(one, 'portRangeEnd') ?? 0;
  const hasPorts = begin !== 0 || end !== 0;
  const hasIcmp = isJsonObject(one) && (one.icmpType !== undefined || one.icmpCode !== undefined);
  return [
    ...hitIf((numberAt(one, 'seq') ?? 0) < LEAST_SEQ, `${at}.seq`, `Numbers below ${LEAST_SEQ} are kept for the fabric`),
    ...hitIf(!ACTIONS.includes(text('action')), `${at}.action`, `${text('action')} is not one of ${ACTIONS.join(', ')}`),
    ...hitIf(!PROTOCOLS.includes(protocol), `${at}.protocol`, `${protocol} is not one of ${PROTOCOLS.join(', ')}`),
    ...['srcPrefix', 'dstPrefix'].flatMap((field) => hitIf(text(field) !== 'any' && !parseCidr(text(field)), `${at}.${field}`, `${text(field) || 'Nothing'} is neither a CIDR nor any`)),
    ...hitIf(hasPorts && !['tcp', 'udp'].includes(protocol), `${at}.portRangeBegin`, `${protocol} has no ports`),
    ...hitIf(hasPorts && (begin < 1 || begin > end || end > 65535), `${at}.portRangeBegin`, `${begin}-${end} is no range of ports`),
    ...hitIf(hasIcmp && protocol !== 'icmp', `${at}.icmpType`, `${protocol} has no ICMP type`),
    ...flagHits(objectAt(one, 'tcpFilters'), protocol, `${at}.tcpFilters`),
  ];
}

function flagHits(filters: JsonObject | undefined, protocol: string, at: string): RuleHit[] {
  if (!filters) return [];
  const set = (flag: string): boolean => filters[flag] === true;
  const not = (flag: string): string => `not${flag[0]?.toUpperCase()}${flag.slice(1)}`;
  const both = TCP_FLAGS.filter((flag) => set(flag) && set(not(flag)));
  return [
    ...hitIf(protocol !== 'tcp', at, `${protocol} has no TCP flags`),
    ...hitIf(set('established') && TCP_FLAGS.some((flag) => set(flag) || set(not(flag))), at, 'established excludes single flags'),
    ...both.map((flag) => ({ field: at, message: `${flag} and ${not(flag)} exclude each other` })),
  ];
}
