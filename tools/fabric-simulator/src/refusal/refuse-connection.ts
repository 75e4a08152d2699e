import { canonicalPort, connectionLinks, connectionType, devicesOf, switchesOf, type ConnectionEnd } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { fabricMtu, serverMtuOffset } from '../fabric/fabric-constants.ts';
import { isCanonical, parseAddress, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { refuseLinkAddresses } from './refuse-link-addresses.ts';
import { portProfile } from './refuse-switch-ports.ts';

export function refuseConnection(connection: KubeObject, fabric: FabricView, old?: KubeObject): string[] {
  const spec = connection.spec ?? {};
  const type = connectionType(spec);
  if (!type) return ['exactly one connection type is needed'];
  const ends = connectionLinks(spec).flat();
  return [
    ...refuseChange(spec, type, old?.spec),
    ...refuseCounts(spec, type),
    ...refuseEslag(spec, type, fabric),
    ...ends.flatMap((end) => refuseEnd(end, fabric)),
    ...refuseTakenPorts(connection, ends, fabric),
    ...refuseLinkAddresses(connection, fabric),
    ...refuseMtu(spec, type),
    ...(type === 'staticExternal' ? refuseStaticExternal(spec.staticExternal, fabric) : []),
  ];
}

function refuseChange(spec: Body, type: string, old: Body | undefined): string[] {
  if (!old) return [];
  const before = connectionType(old);
  if (before !== type) return [`the type can't be changed from ${before} to ${type}`];
  return (old.staticExternal?.withinVPC ?? '') === (spec.staticExternal?.withinVPC ?? '') ? [] : ['withinVPC can\'t be changed'];
}

const counts: Record<string, { switches: [number, number]; servers: number }> = {
  unbundled: { switches: [1, 1], servers: 1 },
  bundled: { switches: [1, 1], servers: 1 },
  eslag: { switches: [1, 4], servers: 1 },
  fabric: { switches: [2, 2], servers: 0 },
  mesh: { switches: [2, 2], servers: 0 },
  gateway: { switches: [1, 1], servers: 0 },
  external: { switches: [1, 1], servers: 0 },
  staticExternal: { switches: [1, 1], servers: 0 },
};

function refuseCounts(spec: Body, type: string): string[] {
  const wanted = counts[type];
  if (!wanted) return type === 'vpcLoopback' ? [] : [`connections of type ${type} are no longer supported`];
  const switches = switchesOf(spec).length;
  const servers = devicesOf(spec, 'server').length;
  const faults: string[] = [];
  if (switches < wanted.switches[0] || switches > wanted.switches[1]) faults.push(`a connection of type ${type} has ${wanted.switches.join(' to ')} switches, not ${switches}`);
  if (servers !== wanted.servers) faults.push(`a connection of type ${type} has ${wanted.servers} servers, not ${servers}`);
  return faults;
}

function refuseEslag(spec: Body, type: string, fabric: FabricView): string[] {
  if (type !== 'eslag') return [];
  const groups = new Set(switchesOf(spec).map((name) => {
    const redundancy = fabric.get('Switch', name)?.spec?.redundancy as Body | undefined;
    return redundancy?.type === 'eslag' ? redundancy.group : undefined;
  }));
  return groups.size === 1 && !groups.has(undefined) ? [] : ['the switches of an ESLAG connection have to be in one redundancy group of type eslag'];
}

function refuseEnd(end: ConnectionEnd, fabric: FabricView): string[] {
  if (!end.device || !end.name) return [`port ${end.port} is not of the form device/port`];
  if (end.side === 'server') return fabric.get('Server', end.device) ? [] : [`server ${end.device} does not exist`];
  if (end.side !== 'switch') return []; // upstream never looks whether a gateway exists
  const device = fabric.get('Switch', end.device);
  if (!device) return [`switch ${end.device} does not exist`];
  const profile = fabric.get('SwitchProfile', device.spec?.profile);
  if (!profile) return [`switch profile ${device.spec?.profile} does not exist`];
  return hasPort(end.name, device.spec ?? {}, profile.spec ?? {}) ? [] : [`switch ${end.device} has no port ${end.name}`];
}

function hasPort(name: string, device: Body, profile: Body): boolean {
  const [, base = '', lane = '1'] = /^(E\d+\/\d+)(?:\/(\d+))?$/.exec(name) ?? [];
  const port = profile.ports?.[base] as Body | undefined;
  if (!port || port.management) return false;
  const breakout = portProfile(profile, base)?.breakout as Body | undefined;
  const lanes = breakout?.supported?.[device.portBreakouts?.[base] ?? breakout.default]?.offsets?.length ?? 1;
  return Number(lane) >= 1 && Number(lane) <= lanes;
}

function refuseTakenPorts(connection: KubeObject, ends: ConnectionEnd[], fabric: FabricView): string[] {
  const keys = ends.map((end) => `${end.device}/${end.side === 'switch' ? canonicalPort(end.name) : end.name}`);
  const faults = keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => `port ${key} is named twice`);
  for (const other of fabric.list('Connection')) {
    if (other.metadata.name === connection.metadata.name) continue;
    for (const end of connectionLinks(other.spec).flat()) {
      const key = `${end.device}/${end.side === 'switch' ? canonicalPort(end.name) : end.name}`;
      if (keys.includes(key)) faults.push(`port ${end.port} is already used by connection ${other.metadata.name}`);
    }
  }
  return faults;
}

function refuseMtu(spec: Body, type: string): string[] {
  const most = fabricMtu - serverMtuOffset;
  const mtu = ['unbundled', 'bundled'].includes(type) ? (spec[type].mtu as number | undefined) : undefined;
  return mtu !== undefined && mtu > most ? [`MTU ${mtu} is over ${most}`] : [];
}

function refuseStaticExternal(body: Body, fabric: FabricView): string[] {
  const { ip, nextHop, subnets = [] } = (body.link?.switch ?? {}) as Body;
  const range = parseCidr(ip);
  const hop = parseAddress(nextHop);
  const faults: string[] = [];
  if (!range) faults.push(`static external IP ${ip} is not a CIDR`);
  if (hop === undefined || (range && (hop < range.first || hop > range.last))) faults.push(`next hop ${nextHop} is not inside ${ip}`);
  for (const subnet of subnets as string[]) {
    const parsed = parseCidr(subnet);
    if (!parsed || !isCanonical(parsed)) faults.push(`subnet ${subnet} is not canonical`);
  }
  if (subnets.includes('0.0.0.0/0') && subnets.length > 1) faults.push('the default route stands alone');
  if (body.withinVPC && !fabric.get('VPC', body.withinVPC)) faults.push(`VPC ${body.withinVPC} does not exist`);
  return faults;
}
