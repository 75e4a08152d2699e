import type { KindDescriptor } from '../kind-descriptor.ts';
import { connection } from './connection.ts';
import { server, switchGroup, switchKind } from './devices.ts';
import { external, externalAttachment } from './externals.ts';
import { gateway, gatewayGroup } from './gateways.ts';
import { ipv4Namespace, vlanNamespace } from './namespaces.ts';
import { externalPeering, gatewayPeering, vpcPeering } from './peerings.ts';
import { agent, catalog, dhcpSubnet, gatewayAgent, switchProfile, vpcInfo } from './read-only-kinds.ts';
import { vpcAttachment } from './vpc-attachment.ts';
import { vpc } from './vpc.ts';

/** The 15 kinds that users write and Heddle applies, in the order of applying. */
export const MANAGED_KINDS: readonly KindDescriptor[] = [
  ipv4Namespace,
  vlanNamespace,
  switchGroup,
  gatewayGroup,
  switchKind,
  server,
  gateway,
  connection,
  vpc,
  external,
  vpcAttachment,
  externalAttachment,
  vpcPeering,
  externalPeering,
  gatewayPeering,
];

/** The kinds that Heddle watches and never writes. */
export const READ_ONLY_KINDS: readonly KindDescriptor[] = [switchProfile, agent, gatewayAgent, dhcpSubnet, vpcInfo, catalog];

/** Read-only kinds that say something about what Heddle manages: convergence, what a switch model has, and where addresses and VNIs are. */
const NEEDED: readonly KindDescriptor[] = [switchProfile, agent, gatewayAgent, dhcpSubnet, catalog];

/** The kinds that Heddle watches in every fabric. */
export const WATCHED_KINDS: readonly KindDescriptor[] = [...MANAGED_KINDS, ...NEEDED];

/** Every kind of Hedgehog that Heddle knows. */
export const KINDS: readonly KindDescriptor[] = [...MANAGED_KINDS, ...READ_ONLY_KINDS];

const byName = new Map(KINDS.map((descriptor) => [descriptor.kind, descriptor]));

/** The descriptor of a kind by its name, or undefined if Heddle does not know the kind. */
export function descriptorOf(kind: string): KindDescriptor | undefined {
  return byName.get(kind);
}
