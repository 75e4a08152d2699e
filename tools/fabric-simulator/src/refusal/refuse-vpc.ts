import type { FabricView } from '../fabric/fabric-view.ts';
import { reservedSubnets } from '../fabric/fabric-constants.ts';
import { contains, cidr, holds, isCanonical, overlaps, parseAddress, parseCidr, type Cidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { refuseDhcp } from './refuse-dhcp.ts';

interface Subnet {
  name: string;
  body: Body;
  range: Cidr | undefined;
}

export function refuseVPC(vpc: KubeObject, fabric: FabricView): string[] {
  const spec = vpc.spec ?? {};
  const subnets = Object.entries((spec.subnets ?? {}) as Record<string, Body>)
    .map(([name, body]): Subnet => ({ name, body, range: parseCidr(body.subnet) }));
  return [
    ...refuseShape(vpc, subnets.length),
    ...subnets.flatMap((subnet) => refuseSubnet(vpc, subnet, fabric)),
    ...refuseClashesWithin(subnets),
    ...refusePermits(spec),
    ...refuseStaticRoutes(spec),
    ...refuseNamespaces(spec, subnets, fabric),
    ...refuseClashesWithOthers(vpc, subnets, fabric),
  ];
}

function refuseShape({ metadata: { name }, spec = {} }: KubeObject, subnets: number): string[] {
  const faults: string[] = [];
  if (name.length > 11) faults.push(`name ${name} is longer than 11 characters`);
  if (name.startsWith('ext.')) faults.push(`name ${name} starts with ext., which is kept for externals`);
  if (subnets < 1) faults.push('at least one subnet is needed');
  if (subnets > 20) faults.push(`${subnets} subnets are more than 20`);
  if (!['', 'l3vni'].includes(spec.mode ?? '')) faults.push(`mode ${spec.mode} is not supported`);
  return faults;
}

function refuseSubnet(vpc: KubeObject, { name, body, range }: Subnet, fabric: FabricView): string[] {
  const at = `subnet ${name}`;
  if (!range) return [`${at}: ${body.subnet} is not a CIDR`];
  const faults: string[] = [];
  if (!isCanonical(range)) faults.push(`${at}: ${body.subnet} has host bits set`);
  if (range.length > 30) faults.push(`${at}: prefix length ${range.length} is over 30`);
  if (reservedSubnets.some((reserved) => overlaps(reserved, range))) faults.push(`${at}: ${body.subnet} overlaps a subnet that the fabric keeps for itself`);
  const gateway = parseAddress(body.gateway);
  if (!body.hostBGP && (gateway === undefined || !holds(range, gateway))) faults.push(`${at}: gateway ${body.gateway} is not inside ${body.subnet}`);
  if (!body.vlan && !body.hostBGP) faults.push(`${at}: vlan is required`);
  if (body.hostBGP && (body.dhcp?.enable || body.dhcp?.relay)) faults.push(`${at}: hostBGP and DHCP exclude each other`);
  faults.push(...refuseDhcp(body, range, gateway).map((fault) => `${at}: ${fault}`));
  const relayVPC = body.dhcp?.relayVPC as string | undefined;
  if (relayVPC && relayVPC !== vpc.metadata.name && !fabric.get('VPC', relayVPC)) faults.push(`${at}: relay VPC ${relayVPC} does not exist`);
  return faults;
}

function refuseClashesWithin(subnets: Subnet[]): string[] {
  const faults: string[] = [];
  subnets.forEach((a, index) => {
    for (const b of subnets.slice(index + 1)) {
      if (a.range && b.range && overlaps(a.range, b.range)) faults.push(`subnets ${a.name} and ${b.name} overlap`);
      if (a.body.vlan && a.body.vlan === b.body.vlan) faults.push(`subnets ${a.name} and ${b.name} both use VLAN ${a.body.vlan}`);
    }
  });
  return faults;
}

function refusePermits(spec: Body): string[] {
  return ((spec.permit ?? []) as string[][]).flatMap((permit) => {
    const faults = permit.filter((name) => !spec.subnets?.[name]).map((name) => `permit names subnet ${name}, which the VPC has not`);
    if (permit.length < 2) faults.push('a permit needs at least two subnets');
    if (new Set(permit).size < permit.length) faults.push('a permit names a subnet twice');
    return faults;
  });
}

function refuseStaticRoutes(spec: Body): string[] {
  return ((spec.staticRoutes ?? []) as Body[]).flatMap((route) => {
    const prefix = parseCidr(route.prefix);
    const faults: string[] = [];
    if (!prefix || !isCanonical(prefix)) faults.push(`static route ${route.prefix} is not a canonical prefix`);
    if (!route.nextHops?.length) faults.push(`static route ${route.prefix} has no next hop`);
    for (const hop of route.nextHops ?? []) if (parseAddress(hop) === undefined) faults.push(`next hop ${hop} is not an address`);
    return faults;
  });
}

function refuseNamespaces(spec: Body, subnets: Subnet[], fabric: FabricView): string[] {
  const addresses = fabric.get('IPv4Namespace', spec.ipv4Namespace);
  const vlans = fabric.get('VLANNamespace', spec.vlanNamespace);
  const faults: string[] = [];
  if (!addresses) faults.push(`IPv4Namespace ${spec.ipv4Namespace} does not exist`);
  if (!vlans) faults.push(`VLANNamespace ${spec.vlanNamespace} does not exist`);
  for (const { name, body, range } of subnets) {
    if (addresses && range && !(addresses.spec?.subnets as string[]).some((pool) => contains(cidr(pool), range))) {
      faults.push(`subnet ${name}: ${body.subnet} is outside IPv4Namespace ${spec.ipv4Namespace}`);
    }
    const inside = ((vlans?.spec?.ranges ?? []) as Body[]).some((pool) => pool.from <= body.vlan && body.vlan <= pool.to);
    if (vlans && body.vlan && !inside) faults.push(`subnet ${name}: VLAN ${body.vlan} is outside VLANNamespace ${spec.vlanNamespace}`);
  }
  return faults;
}

function refuseClashesWithOthers(vpc: KubeObject, subnets: Subnet[], fabric: FabricView): string[] {
  const faults: string[] = [];
  for (const other of fabric.list('VPC')) {
    if (other.metadata.name === vpc.metadata.name) continue;
    const sharesAddresses = other.spec?.ipv4Namespace === vpc.spec?.ipv4Namespace;
    const sharesVlans = other.spec?.vlanNamespace === vpc.spec?.vlanNamespace;
    for (const [otherName, theirs] of Object.entries((other.spec?.subnets ?? {}) as Record<string, Body>)) {
      const range = parseCidr(theirs.subnet);
      for (const mine of subnets) {
        const names = `subnet ${mine.name}`;
        if (sharesAddresses && range && mine.range && overlaps(range, mine.range)) {
          faults.push(`${names}: ${mine.body.subnet} overlaps subnet ${otherName} (${theirs.subnet}) of VPC ${other.metadata.name}`);
        }
        if (sharesVlans && theirs.vlan && theirs.vlan === mine.body.vlan) {
          faults.push(`${names}: VLAN ${theirs.vlan} is already used by VPC ${other.metadata.name}`);
        }
      }
    }
  }
  return faults;
}
