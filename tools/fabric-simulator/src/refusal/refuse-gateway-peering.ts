import type { FabricView } from '../fabric/fabric-view.ts';
import { contains, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

export function refuseGatewayPeering({ spec = {} }: KubeObject, fabric: FabricView): string[] {
  const sides = Object.entries((spec.peering ?? {}) as Record<string, Body>);
  const faults: string[] = [];
  if (!fabric.get('GatewayGroup', spec.gatewayGroup)) faults.push(`gateway group ${spec.gatewayGroup} does not exist`);
  if (sides.length !== 2) faults.push(`a gateway peering has two sides, not ${sides.length}`);
  for (const [name, side] of sides) faults.push(...refuseSide(name, side, fabric).map((fault) => `${name}: ${fault}`));
  return [...faults, ...refuseNatPair(sides.map(([, side]) => side)), ...refuseAcl(spec.acl, sides.map(([name]) => name))];
}

function refuseSide(name: string, side: Body, fabric: FabricView): string[] {
  const external = name.startsWith('ext.') ? fabric.get('External', name.slice(4)) : undefined;
  const vpc = name.startsWith('ext.') ? undefined : fabric.get('VPC', name);
  if (!external && !vpc) return ['neither such a VPC nor external exists'];
  const exposes = (side.expose ?? []) as Body[];
  return exposes.flatMap((expose) => (expose.default ? refuseDefault(expose) : [...refuseIps(expose, vpc), ...refuseNat(expose)]));
}

const refuseDefault = (expose: Body): string[] => (expose.ips?.length || expose.as?.length || expose.nat ? ['default stands alone in its expose'] : []);

function refuseIps(expose: Body, vpc: KubeObject | undefined): string[] {
  const faults = expose.ips?.length ? [] : ['an expose needs ips'];
  for (const entry of (expose.ips ?? []) as Body[]) {
    if (['cidr', 'not', 'vpcSubnet'].filter((field) => entry[field]).length !== 1) faults.push('an entry of ips is one of cidr, not and vpcSubnet');
    if (entry.vpcSubnet && !vpc) faults.push('an external has no vpcSubnet');
    if (entry.vpcSubnet && vpc && !vpc.spec?.subnets?.[entry.vpcSubnet]) faults.push(`the VPC has no subnet ${entry.vpcSubnet}`);
    if (entry.cidr && vpc && !insideVPC(entry.cidr, vpc)) faults.push(`${entry.cidr} is not inside the VPC`);
  }
  return faults;
}

function insideVPC(text: string, vpc: KubeObject): boolean {
  const range = parseCidr(text);
  return Object.values((vpc.spec?.subnets ?? {}) as Record<string, Body>).some(({ subnet }) => {
    const outer = parseCidr(subnet);
    return range !== undefined && outer !== undefined && contains(outer, range);
  });
}

const natTypes = ['masquerade', 'portForward', 'static'] as const;
const natOf = (expose: Body): string[] => natTypes.filter((type) => expose.nat?.[type]);

function refuseNat(expose: Body): string[] {
  const faults: string[] = [];
  const types = natOf(expose);
  if (types.length > 1) faults.push('an expose has one type of NAT');
  if (Boolean(expose.as?.length) !== types.length > 0) faults.push('as and nat come together');
  for (const { port, as } of (expose.nat?.portForward?.ports ?? []) as Body[]) {
    for (const range of [port, as]) if (range && !isPortRange(range)) faults.push(`port ${range} is neither a port nor a range`);
  }
  return faults;
}

function isPortRange(text: string): boolean {
  const [from = 0, to = from] = String(text).split('-').map(Number);
  return from >= 1 && from <= to && to <= 65_535;
}

function refuseNatPair(sides: Body[]): string[] {
  const [a = [], b = []] = sides.map((side) => ((side?.expose ?? []) as Body[]).flatMap(natOf));
  const stateful = (types: string[]): boolean => types.some((type) => type !== 'static');
  if (stateful(a) && stateful(b)) return ['stateful NAT is possible on one side only'];
  return (stateful(a) && b.includes('static')) || (stateful(b) && a.includes('static')) ? ['stateful NAT is not possible against static NAT'] : [];
}

function refuseAcl(acl: Body | undefined, sides: string[]): string[] {
  return ((acl?.rules ?? []) as Body[]).flatMap(({ name = '', from, to }) => {
    const faults: string[] = [];
    if (name.length > 64) faults.push(`ACL rule name ${name} is longer than 64 characters`);
    if (!from && !to) faults.push('an ACL rule needs from or to');
    for (const side of [from, to]) if (side && !sides.includes(side)) faults.push(`ACL rule names ${side}, which is not a side of the peering`);
    return faults;
  });
}
