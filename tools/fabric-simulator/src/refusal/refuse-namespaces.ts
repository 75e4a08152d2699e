import type { FabricView } from '../fabric/fabric-view.ts';
import { reservedSubnets, reservedVlans } from '../fabric/fabric-constants.ts';
import { contains, isCanonical, overlaps, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

export function refuseIPv4Namespace({ metadata: { name }, spec = {} }: KubeObject, fabric: FabricView, old?: KubeObject): string[] {
  const subnets = (spec.subnets ?? []) as string[];
  const faults: string[] = [];
  if (name.length > 11) faults.push(`name ${name} is longer than 11 characters`);
  if (subnets.length > 10) faults.push(`${subnets.length} subnets are more than 10`);
  subnets.forEach((subnet, index) => {
    const range = parseCidr(subnet);
    if (!range || !isCanonical(range)) return void faults.push(`subnet ${subnet} is not a CIDR`);
    if (reservedSubnets.some((reserved) => overlaps(reserved, range))) faults.push(`subnet ${subnet} overlaps a subnet that the fabric keeps for itself`);
    const twin = subnets.slice(index + 1).find((other) => parseCidr(other) && overlaps(parseCidr(other)!, range));
    if (twin) faults.push(`subnets ${subnet} and ${twin} overlap`);
  });
  return old ? [...faults, ...refuseShrinking(name, subnets, fabric)] : faults;
}

function refuseShrinking(name: string, subnets: string[], fabric: FabricView): string[] {
  const pools = subnets.map(parseCidr).filter((pool) => pool !== undefined);
  return fabric.list('VPC').filter((vpc) => vpc.spec?.ipv4Namespace === name).flatMap((vpc) =>
    Object.values((vpc.spec?.subnets ?? {}) as Record<string, Body>).flatMap(({ subnet }) => {
      const range = parseCidr(subnet);
      return range && !pools.some((pool) => contains(pool, range)) ? [`VPC ${vpc.metadata.name} needs ${subnet}`] : [];
    }));
}

export function refuseVLANNamespace({ spec = {} }: KubeObject): string[] {
  const ranges = (spec.ranges ?? []) as { from: number; to: number }[];
  return ranges.flatMap(({ from, to }, index) => {
    const at = `range ${from}-${to}`;
    const faults: string[] = [];
    if (!(from >= 1 && to <= 4094 && from <= to)) faults.push(`${at} is not within 1-4094 in rising order`);
    if (reservedVlans.some((reserved) => from <= reserved.to && reserved.from <= to)) faults.push(`${at} overlaps VLANs that the fabric keeps for itself`);
    if (ranges.slice(index + 1).some((other) => from <= other.to && other.from <= to)) faults.push(`${at} overlaps another range`);
    return faults;
  });
}
