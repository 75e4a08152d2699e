import type { FabricView } from '../fabric/fabric-view.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import type { CatalogSpec } from './catalog.ts';

interface Membership {
  name: string;
  priority?: number;
}

const groupsOf = (gateway: KubeObject): Membership[] => (gateway.spec?.groups ?? []) as Membership[];

/** The spec of a GatewayAgent: its gateway, the groups it is in with all their members, and what these groups process. */
export function gatewayAgentSpec(name: string, fabric: FabricView, catalog: CatalogSpec): Body | undefined {
  const gateway = fabric.get('Gateway', name);
  if (!gateway) return undefined;
  const groups = groupsOf(gateway).map((group) => group.name);
  const peerings = fabric.list('GatewayPeering').filter((peering) => groups.includes(peering.spec?.gatewayGroup));
  const peered = new Set(peerings.flatMap((peering) => Object.keys(peering.spec?.peering ?? {})));
  const vpcs = fabric.list('VPC').filter((vpc) => peered.has(vpc.metadata.name));
  return {
    agentVersion: 'v0.0.0-simulated',
    gateway: gateway.spec,
    groups: Object.fromEntries(groups.map((group) => [group, { members: members(group, fabric) }])),
    peerings: Object.fromEntries(peerings.map((peering) => [peering.metadata.name, peering.spec])),
    vpcs: Object.fromEntries(vpcs.map((vpc) => [vpc.metadata.name, vpcInfo(vpc, catalog)])),
    config: { fabricBFD: true },
  };
}

function members(group: string, fabric: FabricView): Body[] {
  return fabric.list('Gateway').flatMap((gateway) => {
    const own = groupsOf(gateway).find(({ name }) => name === group);
    return own ? [{ name: gateway.metadata.name, priority: own.priority ?? 0, vtepIP: gateway.spec?.vtepIP }] : [];
  });
}

function vpcInfo(vpc: KubeObject, catalog: CatalogSpec): Body {
  const subnets = Object.entries((vpc.spec?.subnets ?? {}) as Record<string, Body>);
  return { vni: catalog.vpcVNIs[vpc.metadata.name], subnets: Object.fromEntries(subnets.map(([name, { subnet }]) => [name, { cidr: subnet }])) };
}
