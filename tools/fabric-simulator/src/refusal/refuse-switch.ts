import type { FabricView } from '../fabric/fabric-view.ts';
import { firstLeafAsn, lastLeafAsn, managementDhcpStart, managementSubnet, protocolSubnet, spineAsn, vtepSubnet } from '../fabric/fabric-constants.ts';
import { cidr, holds, parseCidr, type Cidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { refusePorts } from './refuse-switch-ports.ts';

export function refuseSwitch(device: KubeObject, fabric: FabricView, old?: KubeObject): string[] {
  const spec = device.spec ?? {};
  const profile = fabric.get('SwitchProfile', spec.profile);
  const others = fabric.list('Switch').filter((other) => other.metadata.name !== device.metadata.name);
  return [
    ...refuseNames(spec, fabric),
    ...(profile ? refusePorts(spec, profile.spec ?? {}, old?.spec) : [`switch profile ${spec.profile} does not exist`]),
    ...refuseAsn(spec, others),
    ...refuseAddresses(spec, [...others, ...fabric.list('Gateway')]),
  ];
}

function refuseNames(spec: Body, fabric: FabricView): string[] {
  const faults: string[] = [];
  const namespaces = ((spec.vlanNamespaces ?? []) as string[]).map((name) => {
    const found = fabric.get('VLANNamespace', name);
    if (!found) faults.push(`VLANNamespace ${name} does not exist`);
    return { name, ranges: (found?.spec?.ranges ?? []) as { from: number; to: number }[] };
  });
  namespaces.forEach((a, index) => {
    const twin = namespaces.slice(index + 1).find((b) => a.ranges.some((x) => b.ranges.some((y) => x.from <= y.to && y.from <= x.to)));
    if (twin) faults.push(`VLANNamespaces ${a.name} and ${twin.name} overlap`);
  });
  const { group, type } = (spec.redundancy ?? {}) as Body;
  if (Boolean(group) !== Boolean(type)) faults.push('redundancy needs both a group and a type');
  if (type === 'mclag') faults.push('MCLAG is no longer supported');
  for (const name of (spec.groups ?? []) as string[]) if (!fabric.get('SwitchGroup', name)) faults.push(`switch group ${name} does not exist`);
  return faults;
}

function refuseAsn(spec: Body, others: KubeObject[]): string[] {
  if (!spec.asn) return ['asn is required'];
  if (spec.role === 'spine') return spec.asn === spineAsn ? [] : [`a spine's ASN is ${spineAsn}, not ${spec.asn}`];
  if (spec.asn < firstLeafAsn || spec.asn > lastLeafAsn) return [`a leaf's ASN is within ${firstLeafAsn}-${lastLeafAsn}, not ${spec.asn}`];
  const twin = others.find((other) => other.spec?.role !== 'spine' && other.spec?.asn === spec.asn);
  return twin ? [`ASN ${spec.asn} is already used by ${twin.metadata.name}`] : [];
}

function refuseAddresses(spec: Body, others: KubeObject[]): string[] {
  const faults = [...refuseManagement(spec.ip), ...refuseTwin('ip', spec.ip, others)];
  faults.push(...refuseLoopback('protocolIP', spec.protocolIP, protocolSubnet, others));
  if (spec.role === 'spine') {
    if (spec.vtepIP) faults.push('a spine has no vtepIP');
    return faults;
  }
  return [...faults, ...refuseLoopback('vtepIP', spec.vtepIP, vtepSubnet, others)];
}

function refuseManagement(text: string | undefined): string[] {
  const range = parseCidr(text);
  if (!range) return [`ip ${text} is not a CIDR`];
  if (!holds(managementSubnet, range.address)) return [`ip ${text} is outside the management subnet`];
  return range.address >= managementDhcpStart ? [`ip ${text} lies in the management DHCP range`] : [];
}

function refuseLoopback(field: string, text: string | undefined, pool: Cidr, others: KubeObject[]): string[] {
  const range = parseCidr(text);
  if (!range || range.length !== 32) return [`${field} ${text} is not a /32`];
  if (!holds(pool, range.address)) return [`${field} ${text} is outside its subnet`];
  return refuseTwin(field, text, others);
}

function refuseTwin(field: string, text: string | undefined, others: KubeObject[]): string[] {
  const address = parseCidr(text)?.address;
  const twin = others.find((other) => other.spec?.[field] && address !== undefined && parseCidr(other.spec[field])?.address === cidr(text!).address);
  return twin ? [`${field} ${text} is already used by ${twin.metadata.name}`] : [];
}
