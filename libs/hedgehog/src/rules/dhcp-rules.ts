import { contains, formatAddress, parseAddress, parseCidr } from '../net/ipv4.ts';
import { parseMac } from '../net/mac.ts';
import type { JsonObject } from '../resource-object.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleHit } from './rule.ts';
import { subnetRule } from './vpc-rules.ts';

const LEAST_MTU = 96;
const MOST_MTU = 9036;

const enabled = (subnet: JsonObject): boolean => objectAt(subnet, 'dhcp')?.enable === true;
const server = (dhcp: JsonObject): JsonObject => ({ dhcp: { enable: true, ...dhcp } });

/** Rules on the DHCP of a subnet, by its normal form: what a disabled server leaves behind is gone already. */
export const dhcpRules: readonly Rule[] = [
  subnetRule({
    id: 'dhcp-or-relay',
    text: 'A subnet has the DHCP server or a relay, not both, and no DHCP server where hosts speak BGP',
    remedy: 'Remove enable or relay',
    check: (subnet, at) => [
      ...hitIf(enabled(subnet) && textAt(subnet, 'dhcp', 'relay') !== undefined, at('dhcp', 'relay'), 'The DHCP server is enabled, too'),
      ...hitIf(enabled(subnet) && subnet.hostBGP === true, at('dhcp', 'enable'), 'Hosts that speak BGP get no addresses by DHCP'),
    ],
    good: [server({}), { dhcp: { relay: '10.9.0.1/32' } }],
    bad: [server({ relay: '10.9.0.1/32' }), { ...server({}), hostBGP: true }],
  }),
  subnetRule({
    id: 'dhcp-relay',
    text: 'A relay is a CIDR, and relayVPC stands only beside a relay',
    remedy: 'Write the relay as address/length, such as 10.9.0.1/32',
    check: (subnet, at) => {
      const relay = textAt(subnet, 'dhcp', 'relay');
      const relayVpc = textAt(subnet, 'dhcp', 'relayVPC');
      return [
        ...hitIf(relay !== undefined && !parseCidr(relay), at('dhcp', 'relay'), `${relay} is no CIDR`, relay && parseAddress(relay) !== undefined ? `Write ${relay}/32` : undefined),
        ...hitIf(relayVpc !== undefined && relay === undefined, at('dhcp', 'relayVPC'), 'There is no relay', 'Set relay, or remove relayVPC'),
      ];
    },
    good: [{ dhcp: { relay: '10.9.0.1/32', relayVPC: 'vpc-2' } }],
    bad: [{ dhcp: { relay: '10.9.0.1' } }, { dhcp: { relayVPC: 'vpc-2' } }],
  }),
  subnetRule({
    id: 'dhcp-range',
    text: 'The DHCP range lies in the subnet, its start before its end, and neither end is the network or gateway address',
    remedy: 'Use addresses of the subnet beside its network and gateway address',
    check: (subnet, at) => (enabled(subnet) ? rangeHits(subnet, at) : []),
    good: [server({}), server({ range: { start: '10.0.1.10', end: '10.0.1.99' } })],
    bad: [
      server({ range: { start: '10.0.2.10' } }),
      server({ range: { start: '10.0.1.99', end: '10.0.1.10' } }),
      server({ range: { start: '10.0.1.0' } }),
      server({ range: { start: '10.0.1.1' } }),
      server({ range: { end: 'last' } }),
    ],
  }),
  subnetRule({
    id: 'dhcp-servers',
    text: 'Name and time servers are IPv4 addresses',
    remedy: 'Write addresses, not names',
    check: (subnet, at) =>
      ['dnsServers', 'timeServers'].flatMap((field) =>
        textsAt(subnet, 'dhcp', 'options', field).flatMap((address) => hitIf(parseAddress(address) === undefined, at('dhcp', 'options', field), `${address} is no IPv4 address`)),
      ),
    good: [server({ options: { dnsServers: ['1.1.1.1'] } })],
    bad: [server({ options: { timeServers: ['time.example.org'] } })],
  }),
  subnetRule({
    id: 'dhcp-mtu',
    text: `The MTU offered lies between ${LEAST_MTU} and ${MOST_MTU} bytes, the lease is a second or longer`,
    remedy: `Use ${LEAST_MTU} to ${MOST_MTU} bytes and at least 1 second`,
    check: (subnet, at) => {
      const mtu = numberAt(subnet, 'dhcp', 'options', 'interfaceMTU');
      const lease = numberAt(subnet, 'dhcp', 'options', 'leaseTimeSeconds');
      return [
        ...hitIf(mtu !== undefined && (mtu < LEAST_MTU || mtu > MOST_MTU), at('dhcp', 'options', 'interfaceMTU'), `An MTU of ${mtu} is not possible`),
        ...hitIf(lease !== undefined && lease < 1, at('dhcp', 'options', 'leaseTimeSeconds'), `A lease of ${lease} seconds is not possible`),
      ];
    },
    good: [server({ options: { interfaceMTU: 1500 } })],
    bad: [server({ options: { interfaceMTU: 64 } }), server({ options: { leaseTimeSeconds: -1 } })],
  }),
  subnetRule({
    id: 'dhcp-route',
    text: 'An advertised route has a CIDR as destination and a gateway inside the subnet',
    remedy: 'Use a next hop of this subnet',
    check: (subnet, at) => {
      const cidr = parseCidr(subnet.subnet);
      return listAt(subnet, 'dhcp', 'options', 'advertisedRoutes').flatMap((route) => {
        const gateway = parseAddress(textAt(route, 'gateway'));
        const field = at('dhcp', 'options', 'advertisedRoutes');
        return [
          ...hitIf(!parseCidr(textAt(route, 'destination')), field, `${textAt(route, 'destination') ?? 'Nothing'} is no CIDR`),
          ...hitIf(gateway === undefined || (cidr !== undefined && !contains(cidr, gateway)), field, `${textAt(route, 'gateway') ?? 'Nothing'} is not an address of the subnet`),
        ];
      });
    },
    good: [server({ options: { advertisedRoutes: [{ destination: '10.12.10.0/24', gateway: '10.0.1.2' }] } })],
    bad: [
      server({ options: { advertisedRoutes: [{ destination: '10.12.10.0/24', gateway: '10.9.1.2' }] } }),
      server({ options: { advertisedRoutes: [{ destination: 'all', gateway: '10.0.1.2' }] } }),
    ],
  }),
  subnetRule({
    id: 'dhcp-static',
    text: 'A fixed lease has a MAC address and an address of the subnet of its own, beside network, gateway and broadcast address; it needs the DHCP server',
    remedy: 'Give each MAC address a free address of the subnet',
    check: staticHits,
    good: [server({ static: { 'AA:BB:CC:DD:EE:01': { ip: '10.0.1.5' }, 'aa:bb:cc:dd:ee:02': { ip: '10.0.1.6' } } })],
    bad: [
      server({ static: { server: { ip: '10.0.1.5' } } }),
      server({ static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.2.5' } } }),
      server({ static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.255' } } }),
      server({ static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.1' } } }),
      server({ static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.5' }, 'aa:bb:cc:dd:ee:02': { ip: '10.0.1.5' } } }),
      { dhcp: { static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.5' } } } },
      server({ static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.5' }, 'AA:BB:CC:DD:EE:01': { ip: '10.0.1.6' } } }),
    ],
  }),
];

function rangeHits(subnet: JsonObject, at: (...steps: string[]) => string): RuleHit[] {
  const cidr = parseCidr(subnet.subnet);
  if (!cidr) return [];
  const gateway = parseAddress(subnet.gateway);
  const ends = ['start', 'end'].map((end) => ({ end, text: textAt(subnet, 'dhcp', 'range', end) }));
  const hits = ends.flatMap(({ end, text }) => {
    const address = parseAddress(text);
    const field = at('dhcp', 'range', end);
    if (address === undefined || !contains(cidr, address)) return [{ field, message: `${text ?? 'Nothing'} is not an address of the subnet` }];
    return hitIf(address === cidr.first || address === gateway, field, `${text} is the ${address === gateway ? 'gateway' : 'network'} address`);
  });
  const [start, end] = ends.map(({ text }) => parseAddress(text));
  const backwards = start !== undefined && end !== undefined && start >= end;
  return [...hits, ...hitIf(backwards, at('dhcp', 'range', 'start'), `The range begins at ${formatAddress(start ?? 0)}, which is not before its end`)];
}

function staticHits(subnet: JsonObject, at: (...steps: string[]) => string): RuleHit[] {
  const leases = entriesAt(subnet, 'dhcp', 'static');
  const cidr = parseCidr(subnet.subnet);
  if (leases.length > 0 && !enabled(subnet)) return [{ field: at('dhcp', 'static'), message: 'The DHCP server is not enabled', remedy: 'Set dhcp.enable, or remove the leases' }];
  const seen = new Map<string, string>();
  return leases.flatMap(([mac, lease]) => {
    const field = at('dhcp', 'static', mac);
    const ip = textAt(lease, 'ip') ?? '';
    const address = parseAddress(ip);
    const unusable = cidr && [cidr.first, cidr.last, parseAddress(subnet.gateway)].includes(address);
    const folded = parseMac(mac) ?? mac;
    const twin = seen.get(ip) ?? seen.get(folded);
    seen.set(ip, mac).set(folded, mac);
    return [
      ...hitIf(parseMac(mac) === undefined, field, `${mac} is no MAC address`),
      ...hitIf(address === undefined || (cidr !== undefined && !contains(cidr, address)), `${field}.ip`, `${ip || 'Nothing'} is not an address of the subnet`),
      ...hitIf(unusable === true, `${field}.ip`, `${ip} is the network, gateway or broadcast address`),
      ...hitIf(twin !== undefined, field, `The lease of ${twin} has the same address`),
    ];
  });
}
