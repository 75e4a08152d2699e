import type { FabricView } from '../fabric/fabric-view.ts';
import { gatewayCommunities } from '../fabric/fabric-constants.ts';
import { parseAddress, parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

export function refuseGateway(gateway: KubeObject, fabric: FabricView): string[] {
  const spec = gateway.spec ?? {};
  const others = fabric.list('Gateway').filter((other) => other.metadata.name !== gateway.metadata.name);
  return [
    ...refuseIdentity(gateway, [...others, ...fabric.list('Switch')]),
    ...refuseMac(spec.vtepMAC, others),
    ...refuseInterfaces(spec.interfaces ?? {}),
    ...refuseNeighbors(spec.neighbors ?? []),
    ...refuseGroups(spec.groups ?? [], others, fabric),
  ];
}

function refuseIdentity({ metadata: { name }, spec = {} }: KubeObject, others: KubeObject[]): string[] {
  const faults: string[] = [];
  if (name.length < 2 || name.length > 10) faults.push(`name ${name} is not of 2 to 10 characters`);
  if (!spec.asn) faults.push('asn is required');
  if (!(spec.workers >= 1 && spec.workers <= 64)) faults.push(`workers ${spec.workers} is not within 1-64`);
  for (const field of ['protocolIP', 'vtepIP']) {
    const address = parseCidr(spec[field]);
    if (!address || address.length !== 32) {
      faults.push(`${field} ${spec[field]} is not a /32`);
      continue;
    }
    const twin = others.find((other) => parseCidr(other.spec?.[field])?.address === address.address);
    if (twin) faults.push(`${field} ${spec[field]} is already used by ${twin.metadata.name}`);
  }
  return faults;
}

function refuseMac(mac: string | undefined, others: KubeObject[]): string[] {
  const valid = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac ?? '') && Number.parseInt(mac!.slice(0, 2), 16) % 2 === 0 && !/^[0:]+$/.test(mac!);
  if (!valid) return [`vtepMAC ${mac} is not a unicast MAC address`];
  const twin = others.find((other) => String(other.spec?.vtepMAC).toLowerCase() === mac!.toLowerCase());
  return twin ? [`vtepMAC ${mac} is already used by ${twin.metadata.name}`] : [];
}

function refuseInterfaces(interfaces: Record<string, Body>): string[] {
  const faults = Object.keys(interfaces).length === 0 ? ['at least one interface is needed'] : [];
  for (const [name, body] of Object.entries(interfaces)) {
    if (!body?.ips?.length || (body.ips as string[]).some((ip) => !parseCidr(ip))) faults.push(`interface ${name} needs IPv4 addresses`);
    if (body?.pci && body.kernel) faults.push(`interface ${name} has both a PCI address and a kernel name`);
  }
  return faults;
}

function refuseNeighbors(neighbors: Body[]): string[] {
  if (neighbors.length === 0) return ['at least one neighbor is needed'];
  return neighbors.flatMap(({ ip, asn }) => (parseAddress(ip) === undefined || !asn ? [`neighbor ${ip} needs an address and an ASN`] : []));
}

function refuseGroups(groups: Body[], others: KubeObject[], fabric: FabricView): string[] {
  return groups.flatMap(({ name }, index) => {
    const faults: string[] = [];
    if (!fabric.get('GatewayGroup', name)) faults.push(`gateway group ${name} does not exist`);
    if (groups.findIndex((group) => group.name === name) !== index) faults.push(`gateway group ${name} is named twice`);
    const members = others.filter((other) => (other.spec?.groups as Body[] | undefined)?.some((group) => group.name === name)).length + 1;
    if (members > gatewayCommunities) faults.push(`gateway group ${name} would have more than ${gatewayCommunities} members`);
    return faults;
  });
}
