import { connectionLinks, switchesOf } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { agentCatalog, type CatalogSpec } from './catalog.ts';
import { fabricConfig } from './fabric-config.ts';

/**
 * The part of an Agent's spec that follows from the fabric: copies of the specs of what concerns one switch, each under
 * its object's name, as the agents of running labs have them. Address and VLAN pools and externals go to every switch,
 * the rest only where it is attached. Undefined while there is no such switch.
 */
export function agentSpec(name: string, fabric: FabricView, catalog: CatalogSpec): Body | undefined {
  const device = fabric.get('Switch', name);
  if (!device) return undefined;
  const spec = device.spec ?? {};
  const connections = fabric.list('Connection').filter((connection) => switchesOf(connection.spec).includes(name));
  const tenants = tenantsOf(connections, fabric);
  return withoutEmpty({
    alloy: {},
    catalog: agentCatalog(catalog, connections.map(nameOf), tenants.vpcs.map(nameOf), tenants.externalAttachments.map((it) => it.spec?.external)),
    config: fabricConfig(name),
    role: spec.role,
    description: spec.description,
    switch: spec,
    switchProfile: fabric.get('SwitchProfile', spec.profile)?.spec,
    switches: specs(neighbours(device, connections, fabric)),
    redundancyGroupPeers: peers(device, fabric).map(nameOf),
    connections: specs(connections),
    ipv4Namespaces: specs(fabric.list('IPv4Namespace')),
    vlanNamespaces: specs(fabric.list('VLANNamespace')),
    externals: specs(fabric.list('External')),
    vpcs: specs(tenants.vpcs),
    vpcAttachments: specs(tenants.attachments),
    vpcPeers: specs(tenants.peerings),
    externalAttachments: specs(tenants.externalAttachments),
    externalPeerings: specs(tenants.externalPeerings),
    attachedVPCs: marks(tenants.attachments.map(vpcOf)),
    configuredVPCSubnets: marks(tenants.attachments.map((attachment) => attachment.spec?.subnet)),
    statusUpdates: [{ apiVersion: device.apiVersion, kind: 'Switch', name, namespace: device.metadata.namespace, generation: device.metadata.generation }],
  });
}

interface Tenants {
  attachments: KubeObject[];
  externalAttachments: KubeObject[];
  externalPeerings: KubeObject[];
  peerings: KubeObject[];
  vpcs: KubeObject[];
}

function tenantsOf(connections: KubeObject[], fabric: FabricView): Tenants {
  const names = new Set(connections.map(nameOf));
  const here = (object: KubeObject): boolean => names.has(object.spec?.connection);
  const attachments = fabric.list('VPCAttachment').filter(here);
  const externalAttachments = fabric.list('ExternalAttachment').filter(here);
  const externals = new Set(externalAttachments.map((attachment) => attachment.spec?.external));
  const externalPeerings = fabric.list('ExternalPeering').filter((peering) => externals.has(peering.spec?.permit?.external?.name));
  const attached = new Set(attachments.map(vpcOf));
  const peerings = fabric.list('VPCPeering').filter((peering) => peeredVPCs(peering).some((vpc) => attached.has(vpc)));
  const within = connections.flatMap(({ spec }) => spec?.staticExternal?.withinVPC ?? []);
  const needed = new Set([...attached, ...within, ...peerings.flatMap(peeredVPCs), ...externalPeerings.map((peering) => peering.spec?.permit?.vpc?.name)]);
  return { attachments, externalAttachments, externalPeerings, peerings, vpcs: fabric.list('VPC').filter((vpc) => needed.has(nameOf(vpc))) };
}

const nameOf = (object: KubeObject): string => object.metadata.name;
const vpcOf = (attachment: KubeObject): string => String(attachment.spec?.subnet).split('/')[0] ?? '';
const peeredVPCs = (peering: KubeObject): string[] => ((peering.spec?.permit ?? []) as Body[]).flatMap((permit) => Object.keys(permit));
const marks = (names: string[]): Record<string, true> => Object.fromEntries([...new Set(names)].sort().map((name) => [name, true]));

function specs(objects: KubeObject[]): Record<string, Body> {
  return Object.fromEntries(objects.map((object): [string, Body] => [nameOf(object), object.spec ?? {}]).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function peers(device: KubeObject, fabric: FabricView): KubeObject[] {
  const group = device.spec?.redundancy?.group as string | undefined;
  return fabric.list('Switch').filter((other) => group && nameOf(other) !== nameOf(device) && other.spec?.redundancy?.group === group);
}

/** The switch itself, those cabled to it and those of its redundancy group. */
function neighbours(device: KubeObject, connections: KubeObject[], fabric: FabricView): KubeObject[] {
  const cabled = connections.filter(({ spec }) => connectionLinks(spec).some((link) => link.every((end) => end.side === 'switch')));
  const names = new Set([nameOf(device), ...cabled.flatMap(({ spec }) => switchesOf(spec)), ...peers(device, fabric).map(nameOf)]);
  return fabric.list('Switch').filter((other) => names.has(nameOf(other)));
}

function withoutEmpty(spec: Body): Body {
  const kept = new Set(['alloy', 'catalog', 'switch']);
  const isEmpty = (value: unknown): boolean => value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(spec).filter(([key, value]) => kept.has(key) || !isEmpty(value)));
}
