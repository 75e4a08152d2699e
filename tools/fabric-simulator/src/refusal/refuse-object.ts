import type { FabricView } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { refuseConnection } from './refuse-connection.ts';
import { refuseExternal, refuseExternalPeering } from './refuse-external.ts';
import { refuseExternalAttachment } from './refuse-external-attachment.ts';
import { refuseGateway } from './refuse-gateway.ts';
import { refuseGatewayPeering } from './refuse-gateway-peering.ts';
import { refuseIPv4Namespace, refuseVLANNamespace } from './refuse-namespaces.ts';
import { refuseSwitch } from './refuse-switch.ts';
import { refuseSwitchProfile } from './refuse-switch-profile.ts';
import { refuseVPC } from './refuse-vpc.ts';
import { refuseVPCAttachment } from './refuse-vpc-attachment.ts';
import { refuseVPCPeering } from './refuse-vpc-peering.ts';

/** The faults of an object, each a sentence without a full stop; `old` is there on updates. */
export type RefuseKind = (object: KubeObject, fabric: FabricView, old?: KubeObject) => string[];

const refuseByKind: Record<string, RefuseKind> = {
  VPC: refuseVPC,
  VPCAttachment: refuseVPCAttachment,
  VPCPeering: refuseVPCPeering,
  External: refuseExternal,
  ExternalAttachment: refuseExternalAttachment,
  ExternalPeering: refuseExternalPeering,
  IPv4Namespace: refuseIPv4Namespace,
  VLANNamespace: refuseVLANNamespace,
  Switch: refuseSwitch,
  SwitchProfile: refuseSwitchProfile,
  Connection: refuseConnection,
  Gateway: refuseGateway,
  GatewayPeering: refuseGatewayPeering,
};

/**
 * Why Hedgehog would not admit this object, which has been through defaulting; empty if it would.
 * Rules: DOMAIN §2. Like upstream, existing objects are never looked at again.
 */
export function refuseObject(object: KubeObject, fabric: FabricView, old?: KubeObject): string[] {
  const faults: string[] = [];
  const { name, namespace } = object.metadata;
  if (namespace !== 'default') faults.push(`namespace has to be default, not ${namespace}`);
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) faults.push(`${name} is not a valid name`);
  return [...faults, ...(refuseByKind[object.kind]?.(object, fabric, old) ?? [])];
}
