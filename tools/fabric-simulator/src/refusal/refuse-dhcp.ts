import { holds, isCanonical, parseAddress, parseCidr, type Cidr } from '../fabric/ipv4.ts';
import type { Body } from '../kube/kube-object.ts';

/** The faults of a subnet's DHCP part; defaulting has dropped what a disabled server doesn't need. */
export function refuseDhcp(subnet: Body, range: Cidr, gateway: number | undefined): string[] {
  const dhcp = (subnet.dhcp ?? {}) as Body;
  const faults = refuseRelay(dhcp);
  if (!dhcp.enable) return faults;
  return [...faults, ...refuseRange(dhcp.range ?? {}, range, gateway), ...refuseOptions(dhcp.options ?? {}, range), ...refuseStatic(dhcp.static ?? {}, range, gateway)];
}

function refuseRelay(dhcp: Body): string[] {
  const faults: string[] = [];
  if (dhcp.relay && dhcp.enable) faults.push('DHCP server and relay exclude each other');
  if (dhcp.relay && !parseCidr(dhcp.relay)) faults.push(`relay ${dhcp.relay} is not a CIDR`);
  if (dhcp.relayVPC && !dhcp.relay) faults.push('relayVPC needs a relay');
  return faults;
}

function refuseRange(wanted: Body, range: Cidr, gateway: number | undefined): string[] {
  const start = parseAddress(wanted.start);
  const end = parseAddress(wanted.end);
  if (start === undefined || end === undefined) return [`DHCP range ${wanted.start}-${wanted.end} is not a pair of addresses`];
  const faults: string[] = [];
  if (!holds(range, start) || !holds(range, end)) faults.push(`DHCP range ${wanted.start}-${wanted.end} leaves the subnet`);
  if (start >= end) faults.push(`DHCP range starts at ${wanted.start}, not before its end`);
  if ([start, end].includes(range.first)) faults.push('DHCP range holds the network address');
  if (gateway !== undefined && [start, end].includes(gateway)) faults.push('DHCP range starts or ends at the gateway');
  return faults;
}

function refuseOptions(options: Body, range: Cidr): string[] {
  const faults: string[] = [];
  for (const server of [...(options.dnsServers ?? []), ...(options.timeServers ?? [])]) {
    if (parseAddress(server) === undefined) faults.push(`server ${server} is not an address`);
  }
  if (options.interfaceMTU < 96 || options.interfaceMTU > 9036) faults.push(`interface MTU ${options.interfaceMTU} is not within 96-9036`);
  if (options.leaseTimeSeconds < 1) faults.push(`lease time ${options.leaseTimeSeconds} is under a second`);
  for (const route of (options.advertisedRoutes ?? []) as Body[]) {
    const destination = parseCidr(route.destination);
    const gateway = parseAddress(route.gateway);
    if (!destination || !isCanonical(destination)) faults.push(`advertised route ${route.destination} is not a CIDR`);
    if (gateway === undefined || !holds(range, gateway)) faults.push(`gateway ${route.gateway} of an advertised route is outside the subnet`);
  }
  return faults;
}

function refuseStatic(leases: Record<string, Body>, range: Cidr, gateway: number | undefined): string[] {
  const faults: string[] = [];
  const taken = new Set<number>();
  for (const [mac, lease] of Object.entries(leases)) {
    const address = parseAddress(lease.ip);
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) faults.push(`${mac} is not a MAC address`);
    if (address === undefined || !holds(range, address)) faults.push(`static lease ${lease.ip} is outside the subnet`);
    else if ([range.first, range.last, gateway].includes(address)) faults.push(`static lease ${lease.ip} is the network, gateway or broadcast address`);
    else if (taken.has(address)) faults.push(`static lease ${lease.ip} is given twice`);
    else taken.add(address);
  }
  return faults;
}
