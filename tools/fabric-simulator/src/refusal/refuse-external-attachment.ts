import { connectionType } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { parseAddress, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { refuseInboundAcl } from './refuse-inbound-acl.ts';

export function refuseExternalAttachment(attachment: KubeObject, fabric: FabricView): string[] {
  const spec = attachment.spec ?? {};
  const external = fabric.get('External', spec.external);
  const connection = fabric.get('Connection', spec.connection);
  const faults: string[] = [];
  if (!external) faults.push(`external ${spec.external} does not exist`);
  if (!connection) faults.push(`connection ${spec.connection} does not exist`);
  else if (connectionType(connection.spec) !== 'external') faults.push(`connection ${spec.connection} is not of type external`);
  if (external && Boolean(external.spec?.static) !== Boolean(spec.static)) {
    faults.push(`external ${spec.external} is ${external.spec?.static ? 'static' : 'BGP'}, the attachment is not`);
  }
  faults.push(...(spec.static ? refuseStatic(spec) : refuseBgp(spec)), ...refuseInboundAcl(spec.inboundACL ?? {}));
  const vlan = vlanOf(spec);
  const twin = fabric.list('ExternalAttachment').find((other) =>
    other.metadata.name !== attachment.metadata.name && other.spec?.connection === spec.connection && vlanOf(other.spec ?? {}) === vlan);
  if (twin) faults.push(`VLAN ${vlan} on connection ${spec.connection} is already used by ${twin.metadata.name}`);
  return faults;
}

const vlanOf = (spec: Body): number => (spec.static ? spec.static.vlan : spec.switch?.vlan) ?? 0;

function refuseBgp(spec: Body): string[] {
  const faults: string[] = [];
  if (!parseCidr(spec.switch?.ip)) faults.push(`switch IP ${spec.switch?.ip} is not a CIDR`);
  if (!spec.neighbor?.asn) faults.push('neighbor ASN is required');
  if (parseAddress(spec.neighbor?.ip) === undefined) faults.push(`neighbor IP ${spec.neighbor?.ip} is not an address`);
  return faults;
}

function refuseStatic(spec: Body): string[] {
  const faults: string[] = [];
  if (parseAddress(spec.static.remoteIP) === undefined) faults.push(`remote IP ${spec.static.remoteIP} is not an address`);
  if (Boolean(spec.static.ip) === Boolean(spec.static.proxy)) faults.push('a static attachment has either ip or proxy');
  if (spec.static.ip && !parseCidr(spec.static.ip)) faults.push(`static IP ${spec.static.ip} is not a CIDR`);
  if (Object.keys(spec.switch ?? {}).length > 0 || Object.keys(spec.neighbor ?? {}).length > 0) faults.push('a static attachment has neither switch nor neighbor');
  return faults;
}
