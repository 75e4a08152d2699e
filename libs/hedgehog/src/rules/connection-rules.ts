import { reservedSubnets } from '../fabric-defaults.ts';
import type { FabricSettings } from '../fabric-defaults.ts';
import { CONNECTION_TYPES, connectionEnds, connectionLinks, connectionTypes } from '../kinds/connection-ends.ts';
import type { ConnectionEnd, ConnectionType } from '../kinds/connection-ends.ts';
import { foldPortAlias, isSwitchPortName, parseDevicePort } from '../net/device-port.ts';
import { contains, formatCidr, overlaps, parseAddress, parseCidr } from '../net/ipv4.ts';
import type { JsonObject } from '../resource-object.ts';
import { numberAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample, RuleHit } from './rule.ts';

/** How many different devices of each sort a type connects: [least, most]; absent sorts must not occur. */
const DEVICES: Readonly<Record<ConnectionType, Partial<Record<'Switch' | 'Server' | 'Gateway', readonly [number, number]>>>> = {
  unbundled: { Switch: [1, 1], Server: [1, 1] },
  bundled: { Switch: [1, 1], Server: [1, 1] },
  eslag: { Switch: [1, 4], Server: [1, 1] },
  mclag: { Switch: [2, 2], Server: [1, 1] },
  mclagDomain: { Switch: [2, 2] },
  fabric: { Switch: [2, 2] },
  mesh: { Switch: [2, 2] },
  gateway: { Switch: [1, 1], Gateway: [1, 1] },
  external: { Switch: [1, 1] },
  staticExternal: { Switch: [1, 1] },
  vpcLoopback: { Switch: [1, 1] },
};
const LINK_TYPES: readonly ConnectionType[] = ['fabric', 'mesh', 'gateway'];
/** What became of the types that are on their way out. */
const OLD_TYPES: Partial<Record<ConnectionType, string>> = {
  mclag: 'mclag was removed in 26.03: use eslag',
  mclagDomain: 'mclagDomain was removed in 26.03: use eslag',
  vpcLoopback: 'vpcLoopback does nothing since 25.04: remove the connection',
  staticExternal: 'staticExternal is deprecated: use a static External',
};

const server = (sw: string, nic: string): JsonObject => ({ server: { port: `server-1/${nic}` }, switch: { port: sw } });
const fabricLink = (spineIp: string, leafIp: string): JsonObject => ({ spine: { port: 'spine-1/E1/1', ip: spineIp }, leaf: { port: 'leaf-1/E1/9', ip: leafIp } });
const gatewayLink = (leaf: string, nic: string, at: number): JsonObject => ({ switch: { port: `${leaf}/E1/1`, ip: `172.30.128.${at}/31` }, gateway: { port: `gw-1/${nic}`, ip: `172.30.128.${at + 1}/31` } });
const example = (spec: JsonObject): RuleExample => ({ name: 'c-1', spec });
const unbundled = example({ unbundled: { link: server('leaf-1/E1/1', 'enp2s1') } });
const fabric = example({ fabric: { links: [fabricLink('172.30.128.0/31', '172.30.128.1/31')] } });
const outside = { port: 'leaf-1/E1/1', ip: '10.50.0.5/24', nextHop: '10.50.0.1', subnets: ['10.99.0.0/24'] };
const staticExternal = (change: JsonObject): RuleExample => example({ staticExternal: { link: { switch: { ...outside, ...change } } } });

export const connectionRules: readonly Rule[] = [
  {
    id: 'connection-type',
    kinds: ['Connection'],
    severity: 'error',
    text: 'A Connection has exactly one type',
    remedy: `Set one of ${CONNECTION_TYPES.join(', ')}`,
    check: ({ spec }) => {
      const types = connectionTypes(spec);
      return hitIf(types.length !== 1, 'spec', types.length === 0 ? 'There is no type' : `There are ${types.length} types: ${types.join(', ')}`);
    },
    good: [unbundled],
    bad: [example({}), example({ ...unbundled.spec, bundled: { links: [server('leaf-1/E1/2', 'enp2s2')] } })],
  },
  {
    id: 'connection-devices',
    kinds: ['Connection'],
    severity: 'error',
    text: 'A Connection joins as many switches, servers and gateways as its type asks for',
    remedy: 'Split the connection, or use another type',
    check: ({ spec }) => connectionTypes(spec).flatMap((type) => deviceHits(spec, type)),
    good: [unbundled, fabric, example({ eslag: { links: [server('leaf-1/E1/1', 'a'), server('leaf-2/E1/1', 'b')] } })],
    bad: [
      example({ bundled: { links: [server('leaf-1/E1/1', 'a'), server('leaf-2/E1/1', 'b')] } }),
      example({ fabric: { links: [{ spine: { port: 'spine-1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'spine-1/E1/2', ip: '172.30.128.1/31' } }] } }),
      example({ gateway: { links: [gatewayLink('leaf-1', 'a', 0), gatewayLink('leaf-2', 'b', 2)] } }),
      example({ bundled: {} }),
    ],
  },
  {
    id: 'connection-port-names',
    kinds: ['Connection'],
    severity: 'error',
    text: 'Each end is named device/port, switch ports E1/N or E1/N/B',
    remedy: 'Write device/port, such as leaf-01/E1/1',
    check: ({ spec }) =>
      connectionEnds(spec).flatMap((end) => {
        const parsed = parseDevicePort(end.port);
        const wrong = !parsed || (end.deviceKind === 'Switch' && !isSwitchPortName(parsed.port));
        return hitIf(wrong, end.field, `${end.port || 'Nothing'} is not device/port`);
      }),
    good: [unbundled],
    bad: [example({ unbundled: { link: server('leaf-1', 'enp2s1') } }), example({ unbundled: { link: server('leaf-1/Ethernet0', 'enp2s1') } }), example({ external: { link: { switch: { port: '/E1/1' } } } })],
  },
  {
    id: 'connection-ports-distinct',
    kinds: ['Connection'],
    severity: 'error',
    text: 'A port stands once in a Connection; E1/N and E1/N/1 are one port',
    remedy: 'Give each link ports of its own',
    check: ({ spec }) => {
      const seen = new Set<string>();
      return connectionEnds(spec).flatMap((end) => {
        const parsed = parseDevicePort(end.port);
        if (!parsed) return [];
        const key = `${parsed.device}/${foldPortAlias(parsed.port)}`;
        const twice = seen.has(key);
        seen.add(key);
        return hitIf(twice, end.field, `${end.port} stands twice`);
      });
    },
    good: [example({ bundled: { links: [server('leaf-1/E1/1', 'a'), server('leaf-1/E1/2', 'b')] } })],
    bad: [example({ bundled: { links: [server('leaf-1/E1/1', 'a'), server('leaf-1/E1/1/1', 'b')] } })],
  },
  {
    id: 'connection-link-addresses',
    kinds: ['Connection'],
    severity: 'error',
    text: 'Both ends of a link between switches or to a gateway are the two addresses of one /31 of the link subnet',
    remedy: 'Take a free /31 of the link subnet, or leave both addresses to hhfab',
    check: ({ spec }, { settings }) => connectionLinks(spec).flatMap((link) => (LINK_TYPES.some((type) => spec[type] !== undefined) ? linkHits(link, settings) : [])),
    good: [fabric],
    bad: [
      example({ fabric: { links: [fabricLink('172.30.128.0/31', '172.30.128.3/31')] } }),
      example({ fabric: { links: [fabricLink('172.30.128.0/31', '172.30.128.0/31')] } }),
      example({ fabric: { links: [fabricLink('172.30.128.0/30', '172.30.128.1/30')] } }),
      example({ fabric: { links: [fabricLink('10.0.0.0/31', '10.0.0.1/31')] } }),
      example({ fabric: { links: [{ spine: { port: 'spine-1/E1/1', ip: '172.30.128.0/31' }, leaf: { port: 'leaf-1/E1/9' } }] } }),
    ],
  },
  {
    id: 'connection-unhydrated',
    kinds: ['Connection'],
    severity: 'error',
    text: 'Links between switches and to gateways have addresses',
    remedy: 'Give both ends an address of one /31, or let hhfab hydrate the wiring first',
    check: ({ spec }) =>
      connectionLinks(spec).flatMap((link) =>
        hitIf(LINK_TYPES.some((type) => spec[type] !== undefined) && link.every((end) => end.ip === undefined), link[0]?.ipField ?? 'spec', 'The link has no addresses'),
      ),
    good: [fabric],
    bad: [example({ fabric: { links: [{ spine: { port: 'spine-1/E1/1' }, leaf: { port: 'leaf-1/E1/9' } }] } })],
  },
  {
    id: 'connection-mtu',
    kinds: ['Connection'],
    severity: 'error',
    text: "The MTU of a server port stays below the fabric's by the configured offset",
    remedy: 'Use a smaller MTU, or leave it out',
    check: ({ spec }, { settings }) => mtuHits(spec, ['unbundled', 'bundled'], settings),
    good: [example({ bundled: { mtu: 9036, links: [server('leaf-1/E1/1', 'a')] } })],
    bad: [example({ bundled: { mtu: 9037, links: [server('leaf-1/E1/1', 'a')] } })],
  },
  {
    id: 'connection-eslag-mtu',
    kinds: ['Connection'],
    severity: 'warning',
    text: "The MTU of an ESLAG stays below the fabric's by the configured offset, though Hedgehog does not check it",
    remedy: 'Use a smaller MTU, or leave it out',
    check: ({ spec }, { settings }) => mtuHits(spec, ['eslag', 'mclag'], settings),
    good: [example({ eslag: { mtu: 9036, links: [server('leaf-1/E1/1', 'a')] } })],
    bad: [example({ eslag: { mtu: 9100, links: [server('leaf-1/E1/1', 'a')] } })],
  },
  {
    id: 'connection-static-external',
    kinds: ['Connection'],
    severity: 'error',
    text: 'A static external port has an address, a next hop inside its network, and subnets without host bits that are not the fabric\'s, do not overlap, and stand alone if one is the default route',
    remedy: 'Change what the message names',
    check: ({ spec }, { settings }) => staticHits(spec, settings),
    good: [staticExternal({}), staticExternal({ subnets: ['0.0.0.0/0'] })],
    bad: [
      staticExternal({ nextHop: '10.51.0.1' }),
      staticExternal({ ip: '10.50.0.5' }),
      staticExternal({ subnets: ['10.99.0.1/24'] }),
      staticExternal({ subnets: ['172.30.8.0/24'] }),
      staticExternal({ subnets: ['0.0.0.0/0', '10.99.0.0/24'] }),
      staticExternal({ subnets: ['10.99.0.0/16', '10.99.1.0/24'] }),
      staticExternal({ vlan: 5000 }),
    ],
  },
  {
    id: 'connection-old-type',
    kinds: ['Connection'],
    severity: 'warning',
    text: 'mclag, mclagDomain, vpcLoopback and staticExternal are removed or on their way out',
    remedy: 'Use another type before the next upgrade',
    check: ({ spec }) => connectionTypes(spec).flatMap((type) => hitIf(OLD_TYPES[type] !== undefined, `spec.${type}`, OLD_TYPES[type] ?? '')),
    good: [unbundled],
    bad: [staticExternal({})],
  },
];

function mtuHits(spec: JsonObject, types: ConnectionType[], settings: FabricSettings): RuleHit[] {
  const most = settings.fabricMtu - settings.serverMtuOffset;
  return types.flatMap((type) => {
    const mtu = numberAt(spec, type, 'mtu') ?? 0;
    return hitIf(mtu > most || mtu < 0, `spec.${type}.mtu`, `${mtu} is not possible: ${most} at most`);
  });
}

function deviceHits(spec: JsonObject, type: ConnectionType): RuleHit[] {
  const ends = connectionEnds(spec);
  return (['Switch', 'Server', 'Gateway'] as const).flatMap((kind) => {
    const [least, most] = DEVICES[type][kind] ?? [0, 0];
    const names = new Set(ends.filter((end) => end.deviceKind === kind).map((end) => parseDevicePort(end.port)?.device));
    const wanted = least === most ? `${most}` : `${least} to ${most}`;
    return hitIf(names.size < least || names.size > most, `spec.${type}`, `${names.size} of kind ${kind} where ${type} joins ${wanted}`);
  });
}

function linkHits(ends: ConnectionEnd[], settings: FabricSettings): RuleHit[] {
  const subnet = parseCidr(settings.fabricLinkSubnet);
  const given = ends.filter((end) => end.ip !== undefined).map((end) => ({ end, cidr: parseCidr(end.ip) }));
  if (given.length === 0) return [];
  const first = given[0];
  const each = given.flatMap(({ end, cidr }) => [
    ...hitIf(cidr?.prefix !== 31, end.ipField, `${end.ip} is no /31`),
    ...hitIf(cidr !== undefined && subnet !== undefined && !contains(subnet, cidr.address), end.ipField, `${end.ip} is not of ${settings.fabricLinkSubnet}`),
  ]);
  const missing = ends.filter((end) => end.ip === undefined).map((end) => ({ field: end.ipField, message: 'Only the other end has an address' }));
  const second = given[1];
  const apart = first?.cidr && second?.cidr && (first.cidr.first !== second.cidr.first || first.cidr.address === second.cidr.address);
  return [...each, ...missing, ...hitIf(apart === true, second?.end.ipField ?? '', `${first?.end.ip} and ${second?.end.ip} are not the two addresses of one /31`)];
}

function staticHits(spec: JsonObject, settings: FabricSettings): RuleHit[] {
  if (spec.staticExternal === undefined) return [];
  const path = ['staticExternal', 'link', 'switch'];
  const at = (field: string): string => `spec.staticExternal.link.switch.${field}`;
  const ip = textAt(spec, ...path, 'ip');
  const cidr = parseCidr(ip);
  const hop = textAt(spec, ...path, 'nextHop');
  const hopAddress = parseAddress(hop);
  const vlan = numberAt(spec, ...path, 'vlan') ?? 0;
  const subnets = textsAt(spec, ...path, 'subnets').map((text) => ({ text, cidr: parseCidr(text) }));
  const hasDefault = subnets.some((subnet) => subnet.cidr?.prefix === 0);
  return [
    ...hitIf(!cidr, at('ip'), `${ip ?? 'Nothing'} is no address with prefix length`),
    ...hitIf(hopAddress === undefined || (cidr !== undefined && !contains(cidr, hopAddress)), at('nextHop'), `${hop ?? 'Nothing'} is not an address of ${ip}`),
    ...hitIf(vlan < 0 || vlan > 4094, at('vlan'), `${vlan} is no VLAN`),
    ...hitIf(hasDefault && subnets.length > 1, at('subnets'), 'The default route stands beside other subnets'),
    ...(hasDefault ? [] : subnets.flatMap(({ text, cidr: own }, index) => routeHits(text, own, subnets.slice(0, index), settings, at('subnets')))),
  ];
}

function routeHits(text: string, cidr: ReturnType<typeof parseCidr>, earlier: { text: string; cidr: ReturnType<typeof parseCidr> }[], settings: FabricSettings, field: string): RuleHit[] {
  if (!cidr) return [{ field, message: `${text} is no CIDR` }];
  const reserved = reservedSubnets(settings).find((taken) => overlaps(cidr, parseCidr(taken) ?? cidr));
  const other = earlier.find((one) => one.cidr && overlaps(cidr, one.cidr));
  return [
    ...hitIf(cidr.address !== cidr.first, field, `${text} has host bits`, `Write ${formatCidr(cidr)}`),
    ...hitIf(reserved !== undefined, field, `${text} overlaps ${reserved}, which the fabric uses`),
    ...hitIf(other !== undefined, field, `${text} overlaps ${other?.text}`),
  ];
}
