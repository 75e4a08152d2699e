import type { FabricView } from '../fabric/fabric-view.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

export function refuseVPCPeering(peering: KubeObject, fabric: FabricView): string[] {
  const spec = peering.spec ?? {};
  const permits = (spec.permit ?? []) as Record<string, Body>[];
  const names = [...new Set(permits.flatMap((permit) => Object.keys(permit)))];
  const faults: string[] = [];
  if (spec.remote) faults.push('remote peering is no longer supported');
  if (permits.length === 0) faults.push('at least one permit is needed');
  if (names.length !== 2 || permits.some((permit) => Object.keys(permit).length !== 2)) {
    return [...faults, `a peering is between exactly two VPCs, the same in each permit, not ${names.join(', ') || 'none'}`];
  }
  const vpcs = names.map((name) => fabric.get('VPC', name));
  names.forEach((name, index) => {
    if (!vpcs[index]) faults.push(`VPC ${name} does not exist`);
    for (const subnet of permits.flatMap((permit) => (permit[name]?.subnets ?? []) as string[])) {
      if (vpcs[index] && !vpcs[index].spec?.subnets?.[subnet]) faults.push(`VPC ${name} has no subnet ${subnet}`);
    }
  });
  for (const field of ['ipv4Namespace', 'vlanNamespace']) {
    if (vpcs[0] && vpcs[1] && vpcs[0].spec?.[field] !== vpcs[1].spec?.[field]) faults.push(`VPCs ${names.join(' and ')} differ in ${field}`);
  }
  return faults;
}
