import { connectionSwitches } from '../kinds/connection-ends.ts';
import { vpcPeeringSides } from '../kinds/peerings.ts';
import type { Lookup } from '../lookup.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { textAt } from '../spec-reader.ts';

/**
 * The names of the switches (for gateway kinds: of the gateways) that must carry the object for it to work, sorted.
 * Other switches may carry it as well: an IPv4Namespace stands in every Agent, a VPC also where it is peered.
 */
export function concernedSwitches(object: NormalisedObject, lookup: Lookup): string[] {
  return [...new Set(concerned(object, lookup))].toSorted();
}

function concerned(object: NormalisedObject, lookup: Lookup): string[] {
  const { kind, spec } = object;
  const { name } = object.metadata;
  switch (kind) {
    case 'Switch':
    case 'Gateway':
      return [name];
    case 'Connection':
      return connectionSwitches(spec);
    case 'VPC':
      return switchesOfVpc(name, lookup);
    case 'VPCAttachment':
    case 'ExternalAttachment':
      return switchesOfNamedConnection(spec.connection, lookup);
    case 'VPCPeering':
      return vpcPeeringSides(spec).flatMap((vpc) => switchesOfVpc(vpc, lookup));
    case 'External':
      return switchesOfExternal(name, lookup);
    case 'ExternalPeering':
      return switchesOfExternal(textAt(spec, 'permit', 'external', 'name') ?? '', lookup);
    case 'IPv4Namespace':
      return lookup.referrers(kind, name, 'VPC').flatMap((vpc) => switchesOfVpc(vpc.metadata.name, lookup));
    case 'VLANNamespace':
      return lookup.referrers(kind, name, 'Switch').map((device) => device.metadata.name);
    case 'GatewayPeering':
      return gatewaysOfGroup(textAt(spec, 'gatewayGroup') ?? 'default', lookup);
    default:
      return [];
  }
}

function switchesOfNamedConnection(name: unknown, lookup: Lookup): string[] {
  const connection = typeof name === 'string' ? lookup.get('Connection', name) : undefined;
  return connection ? connectionSwitches(connection.spec) : [];
}

/** Where the VPC is attached, and where a static external Connection stands within it. */
function switchesOfVpc(name: string, lookup: Lookup): string[] {
  const attached = lookup.referrers('VPC', name, 'VPCAttachment').flatMap(({ spec }) => switchesOfNamedConnection(spec.connection, lookup));
  const within = lookup.referrers('VPC', name, 'Connection').flatMap((connection) => connectionSwitches(connection.spec));
  return [...attached, ...within];
}

function switchesOfExternal(name: string, lookup: Lookup): string[] {
  return lookup.referrers('External', name, 'ExternalAttachment').flatMap(({ spec }) => switchesOfNamedConnection(spec.connection, lookup));
}

function gatewaysOfGroup(group: string, lookup: Lookup): string[] {
  return lookup.referrers('GatewayGroup', group, 'Gateway').map((gateway) => gateway.metadata.name);
}
