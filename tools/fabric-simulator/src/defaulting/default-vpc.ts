import { formatAddress, parseCidr, type Cidr } from '../fabric/ipv4.ts';
import type { Body } from '../kube/kube-object.ts';

export function defaultVPC(spec: Body): void {
  spec.ipv4Namespace ||= 'default';
  spec.vlanNamespace ||= 'default';
  for (const name of Object.keys(spec.subnets ?? {})) defaultSubnet((spec.subnets[name] ??= {}) as Body);
  for (const list of spec.permit ?? []) (list as string[]).sort();
  for (const route of spec.staticRoutes ?? []) (route as Body).nextHops?.sort();
  (spec.staticRoutes as Body[] | undefined)?.sort((a, b) => compare(a.prefix, b.prefix));
}

function defaultSubnet(subnet: Body): void {
  const range = parseCidr(subnet.subnet);
  // a hostBGP subnet has no gateway: its hosts are routers themselves
  if (range && !subnet.hostBGP) subnet.gateway ||= formatAddress(range.first + 1);
  const dhcp = (subnet.dhcp ??= {}) as Body;
  if (dhcp.enable) defaultDhcp(dhcp, range);
  else for (const leftover of ['range', 'options', 'static']) delete dhcp[leftover];
}

function defaultDhcp(dhcp: Body, subnet: Cidr | undefined): void {
  dhcp.range ??= {};
  if (subnet) {
    dhcp.range.start ||= formatAddress(subnet.first + 2);
    dhcp.range.end ||= formatAddress(subnet.last);
  }
  const options = (dhcp.options ??= {}) as Body;
  options.interfaceMTU ||= 9036;
  options.leaseTimeSeconds ||= 3600;
  options.dnsServers = [...(options.dnsServers ?? [])].sort(compare);
  options.timeServers = [...(options.timeServers ?? [])].sort(compare);
  if (dhcp.static) {
    dhcp.static = Object.fromEntries(Object.entries(dhcp.static as Body).map(([mac, lease]) => [mac.toLowerCase(), lease]));
  }
}

/** By code unit, as Go's sort.Strings: 10.0.0.10 comes before 10.0.0.9. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
