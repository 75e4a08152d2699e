import type { Claim } from '../claim.ts';
import { fieldPath } from '../field-path.ts';
import { formatAddress, formatCidr, parseCidr } from '../net/ipv4.ts';
import { parseMac } from '../net/mac.ts';
import type { Reference } from '../reference.ts';
import { isJsonObject } from '../resource-object.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';
import { entriesAt, numberAt, objectAt, textAt } from '../spec-reader.ts';
import { addressClaim } from './address-claims.ts';
import { AGE, RANK, column, userKind } from './user-kind.ts';
import { vpcSpec } from './vpc-schema.ts';

const DEFAULT_MTU = 9036;
const DEFAULT_LEASE_SECONDS = 3600;
/** Longest prefix of a subnet for which Hedgehog fills in a DHCP range. */
const LONGEST_PREFIX = 30;

export const vpc = userKind({
  kind: 'VPC',
  plural: 'vpcs',
  shortNames: [],
  description: 'A tenant network with subnets of its own',
  rank: RANK.network,
  spec: vpcSpec,
  printerColumns: [
    column('IPv4NS', '.spec.ipv4Namespace'),
    column('VLANNS', '.spec.vlanNamespace'),
    column('Subnets', '.spec.subnets', 1),
    column('VNI', '.status.vni', 1),
    AGE,
  ],
  applyDefaults: defaultVpc,
  references: vpcReferences,
  claims: vpcClaims,
  carriedBy: { agentKind: 'Agent', path: 'spec.vpcs' },
});

function defaultVpc(spec: JsonObject): void {
  spec.ipv4Namespace ||= 'default';
  spec.vlanNamespace ||= 'default';
  for (const [, subnet] of entriesAt(spec, 'subnets')) defaultSubnet(subnet);
}

function defaultSubnet(subnet: JsonObject): void {
  const cidr = parseCidr(subnet.subnet);
  if (!cidr) return;
  if (!subnet.gateway && subnet.hostBGP !== true) subnet.gateway = formatAddress(cidr.first + 1);
  const dhcp = objectAt(subnet, 'dhcp');
  if (!dhcp || cidr.prefix > LONGEST_PREFIX) return;
  if (dhcp.enable !== true) {
    delete dhcp.range;
    delete dhcp.options;
    return;
  }
  if (!dhcp.range) dhcp.range = {};
  if (isJsonObject(dhcp.range)) {
    dhcp.range.start ||= formatAddress(cidr.first + 2);
    dhcp.range.end ||= formatAddress(cidr.last);
  }
  defaultOptions(dhcp);
  lowerCaseMacs(dhcp);
}

/**
 * Releases differ in whether options that nobody wrote are filled in or left out; the normal form has them always,
 * so that both mean the same.
 */
function defaultOptions(dhcp: JsonObject): void {
  if (!dhcp.options) dhcp.options = {};
  const options = objectAt(dhcp, 'options');
  if (!options) return;
  options.interfaceMTU ||= DEFAULT_MTU;
  options.leaseTimeSeconds ||= DEFAULT_LEASE_SECONDS;
}

function lowerCaseMacs(dhcp: JsonObject): void {
  const leases = objectAt(dhcp, 'static');
  if (!leases) return;
  for (const [written, lease] of Object.entries(leases)) {
    const mac = parseMac(written);
    // Two spellings of one MAC address stay two leases here: the rule on unique leases reports them.
    if (mac === undefined || mac === written || Object.hasOwn(leases, mac)) continue;
    delete leases[written];
    leases[mac] = lease;
  }
}

function vpcReferences({ spec }: NormalisedObject): Reference[] {
  const references: Reference[] = [];
  const ipv4 = textAt(spec, 'ipv4Namespace');
  const vlan = textAt(spec, 'vlanNamespace');
  if (ipv4) references.push({ field: 'spec.ipv4Namespace', toKind: 'IPv4Namespace', toName: ipv4 });
  if (vlan) references.push({ field: 'spec.vlanNamespace', toKind: 'VLANNamespace', toName: vlan });
  for (const [name, subnet] of entriesAt(spec, 'subnets')) {
    const relay = textAt(subnet, 'dhcp', 'relayVPC');
    if (relay) references.push({ field: fieldPath('spec', 'subnets', name, 'dhcp', 'relayVPC'), toKind: 'VPC', toName: relay });
  }
  return references;
}

function vpcClaims({ spec }: NormalisedObject): Claim[] {
  const ipv4 = textAt(spec, 'ipv4Namespace') ?? 'default';
  const vlanNamespace = textAt(spec, 'vlanNamespace') ?? 'default';
  return entriesAt(spec, 'subnets').flatMap(([name, subnet]): Claim[] => {
    const cidr = parseCidr(subnet.subnet);
    const vlan = numberAt(subnet, 'vlan');
    return [
      ...(cidr
        ? [{
            space: `subnet:${ipv4}`,
            field: fieldPath('spec', 'subnets', name, 'subnet'),
            from: cidr.first,
            to: cidr.last,
            text: formatCidr(cidr),
          }]
        : []),
      ...leaseClaims(name, subnet, ipv4),
      ...(vlan ? [{ space: `vlan:${vlanNamespace}`, field: fieldPath('spec', 'subnets', name, 'vlan'), value: String(vlan) }] : []),
    ];
  });
}

/** Fixed leases of the DHCP server. */
function leaseClaims(name: string, subnet: JsonObject, namespace: string): Claim[] {
  return entriesAt(subnet, 'dhcp', 'static').flatMap(([written, lease]): Claim[] => {
    const mac = parseMac(written);
    const field = fieldPath('spec', 'subnets', name, 'dhcp', 'static', written);
    return [...(mac ? [{ space: 'lease-mac', field, value: mac }] : []), ...addressClaim(`lease-ip:${namespace}`, `${field}.ip`, lease.ip)];
  });
}
