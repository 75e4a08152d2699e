import type { FabricView } from '../fabric/fabric-view.ts';
import { overlaps, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

export function refuseExternal({ metadata: { name }, spec = {} }: KubeObject, fabric: FabricView): string[] {
  const faults: string[] = [];
  if (name.length > 11) faults.push(`name ${name} is longer than 11 characters`);
  if (!spec.ipv4Namespace) faults.push('ipv4Namespace is required');
  else if (!fabric.get('IPv4Namespace', spec.ipv4Namespace)) faults.push(`IPv4Namespace ${spec.ipv4Namespace} does not exist`);
  return [...faults, ...(spec.static ? refuseStatic(spec) : refuseCommunities(spec))];
}

function refuseCommunities(spec: Body): string[] {
  return ['inboundCommunity', 'outboundCommunity'].flatMap((field) => {
    const text = spec[field] as string | undefined;
    const valid = !text || (/^\d{1,5}:\d{1,5}$/.test(text) && text.split(':').every((part) => Number(part) <= 65_535));
    return valid ? [] : [`${field} ${text} is not a community of the form 64900:100`];
  });
}

function refuseStatic(spec: Body): string[] {
  const prefixes = (spec.static.prefixes ?? []) as string[];
  const faults: string[] = [];
  if (spec.inboundCommunity || spec.outboundCommunity) faults.push('a static external has no communities');
  if (prefixes.length === 0) faults.push('a static external needs at least one prefix');
  prefixes.forEach((prefix, index) => {
    const range = parseCidr(prefix);
    if (!range) faults.push(`prefix ${prefix} is not a CIDR`);
    const twin = prefixes.slice(index + 1).find((other) => range && parseCidr(other) && overlaps(range, parseCidr(other)!));
    if (twin) faults.push(`prefixes ${prefix} and ${twin} overlap`);
  });
  return faults;
}

export function refuseExternalPeering({ spec = {} }: KubeObject, fabric: FabricView): string[] {
  const { vpc: vpcSide = {}, external: externalSide = {} } = (spec.permit ?? {}) as Record<string, Body>;
  const vpc = fabric.get('VPC', vpcSide.name);
  const external = fabric.get('External', externalSide.name);
  const faults: string[] = [];
  if (!vpc) faults.push(`VPC ${vpcSide.name} does not exist`);
  if (!external) faults.push(`external ${externalSide.name} does not exist`);
  if (vpc && external && vpc.spec?.ipv4Namespace !== external.spec?.ipv4Namespace) faults.push('VPC and external are in different IPv4Namespaces');
  if (!vpcSide.subnets?.length) faults.push('at least one subnet is needed');
  for (const subnet of (vpcSide.subnets ?? []) as string[]) {
    if (vpc && !vpc.spec?.subnets?.[subnet]) faults.push(`VPC ${vpcSide.name} has no subnet ${subnet}`);
  }
  if (!externalSide.prefixes?.length) faults.push('at least one prefix is needed');
  for (const { prefix } of (externalSide.prefixes ?? []) as Body[]) if (!parseCidr(prefix)) faults.push(`prefix ${prefix} is not a CIDR`);
  const proxied = fabric.list('ExternalAttachment').some((other) => other.spec?.external === externalSide.name && other.spec?.static?.proxy);
  if (proxied) faults.push(`external ${externalSide.name} is proxied; only gateway peerings reach it`);
  return faults;
}
