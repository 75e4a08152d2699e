import type { Body, KubeObject } from '../kube/kube-object.ts';
import { defaultConnection } from './default-connection.ts';
import { defaultExternalAttachment, defaultExternalPeering } from './default-externals.ts';
import { defaultGateway, defaultGatewayPeering } from './default-gateway.ts';
import { defaultIPv4Namespace } from './default-ipv4-namespace.ts';
import { defaultSwitch } from './default-switch.ts';
import { defaultVPC } from './default-vpc.ts';
import { defaultVPCAttachment, defaultVPCPeering } from './default-vpc-links.ts';
import { fabricLabels, isFabricLabel } from './fabric-labels.ts';

const defaultByKind: Record<string, (spec: Body) => void> = {
  VPC: defaultVPC,
  VPCAttachment: defaultVPCAttachment,
  VPCPeering: defaultVPCPeering,
  ExternalAttachment: defaultExternalAttachment,
  ExternalPeering: defaultExternalPeering,
  IPv4Namespace: defaultIPv4Namespace,
  Switch: defaultSwitch,
  Connection: defaultConnection,
  Gateway: defaultGateway,
  GatewayPeering: defaultGatewayPeering,
};

/**
 * The object as it stands after admission. The argument is left alone. A second call changes nothing.
 * Source: DOMAIN §2.2, and the agents of running labs, which carry copies of admitted objects.
 */
export function defaultObject(object: KubeObject): KubeObject {
  const admitted = structuredClone(object);
  admitted.spec ??= {};
  defaultByKind[admitted.kind]?.(admitted.spec);
  admitted.metadata.namespace ??= 'default';
  if (!admitted.apiVersion.startsWith('gateway.')) relabel(admitted);
  return admitted;
}

function relabel(object: KubeObject): void {
  const kept = Object.entries(object.metadata.labels ?? {}).filter(([key]) => !isFabricLabel(key));
  const labels = { ...Object.fromEntries(kept), ...fabricLabels(object) };
  if (Object.keys(labels).length > 0) object.metadata.labels = labels;
  else delete object.metadata.labels;
}
