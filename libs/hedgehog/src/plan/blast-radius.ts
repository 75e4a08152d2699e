import type { BlastRadius } from '@heddle/contracts';
import { concernedSwitches } from '../convergence/concerned-switches.ts';
import { connectionEnds } from '../kinds/connection-ends.ts';
import type { Lookup } from '../lookup.ts';
import { parseDevicePort } from '../net/device-port.ts';
import { referencesOf } from '../references-of.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { sameJson } from '../same-json.ts';
import { textAt } from '../spec-reader.ts';
import { reachOf, type Reach } from './reach-of.ts';

/** A planned write: what the object is, and what it becomes; one of the two may be absent. */
export interface PlannedChange {
  readonly before?: NormalisedObject;
  readonly after?: NormalisedObject;
}

type Counted = BlastRadius['switches'];

/** Names shown of each sort. */
const NAMES_SHOWN = 20;

/**
 * What a plan's changes touch: switches with their roles, switch ports, servers, the pairs of VPCs that gain or lose
 * reach, the servers that gain or lose a VPC. Pure; `lookup` need hold no more than the neighbours of the changed
 * objects. What a change leaves as it is (a delete and a create of the same peering) is no gain and no loss.
 */
export function blastRadius(changes: readonly PlannedChange[], lookup: Lookup, limit = NAMES_SHOWN): BlastRadius {
  const around = lookupWith(changes, lookup);
  const cables = changes.flatMap((change) => versionsOf(change).flatMap((object) => cablesOf(object, around)));
  const ends = cables.flatMap(({ spec }) => connectionEnds(spec));
  const ports = ends.flatMap(({ deviceKind, port }) => (deviceKind === 'Switch' && parseDevicePort(port) ? [port] : []));
  const servers = ends.flatMap(({ deviceKind, port }) => (deviceKind === 'Server' ? [parseDevicePort(port)?.device ?? ''] : []));
  const switches = changes.flatMap((change) => versionsOf(change).flatMap((object) => switchesOf(object, around)));
  const attachments = compare(changes, (object) => attachmentsOf(object, around));
  const reach = compareReach(changes, lookup);
  const counted = (names: Iterable<string>): Counted => countedOf(names, limit);
  return {
    switches: counted(switches.filter(Boolean).map((name) => `${name}${roleOf(name, around)}`)),
    ports: counted(ports), servers: counted([...servers, ...changes.flatMap(serverItself)].filter(Boolean)),
    reachGained: counted(reach.gained), reachLost: counted(reach.lost), reachChanged: counted(reach.changed),
    attached: counted(attachments.gained), detached: counted(attachments.lost),
  };
}

function versionsOf({ before, after }: PlannedChange): NormalisedObject[] {
  return [before, after].filter((object) => object !== undefined);
}

/** The neighbours, and each changed object in both its versions: an attachment that moves touches both its cables. */
function lookupWith(changes: readonly PlannedChange[], lookup: Lookup): Lookup {
  const objects = changes.flatMap(versionsOf);
  const byKey = new Map<string, NormalisedObject>();
  const referrers = new Map<string, NormalisedObject[]>();
  for (const object of objects) {
    byKey.set(`${object.kind}/${object.metadata.name}`, object);
    for (const { toKind, toName } of referencesOf(object)) {
      const list = referrers.get(`${toKind}/${toName}`);
      if (list) list.push(object);
      else referrers.set(`${toKind}/${toName}`, [object]);
    }
  }
  return {
    get: (kind, name) => byKey.get(`${kind}/${name}`) ?? lookup.get(kind, name),
    referrers: (kind, name, ofKind) => [
      ...(referrers.get(`${kind}/${name}`) ?? []).filter((object) => ofKind === undefined || object.kind === ofKind),
      ...lookup.referrers(kind, name, ofKind).filter((object) => !byKey.has(`${object.kind}/${object.metadata.name}`)),
    ],
  };
}

/** The cables over which the object works. */
function cablesOf(object: NormalisedObject, lookup: Lookup): NormalisedObject[] {
  const { kind, metadata: { name } } = object;
  switch (kind) {
    case 'Connection': return [object];
    case 'VPCAttachment': case 'ExternalAttachment': return named(object.spec.connection, lookup);
    case 'VPC': return [...lookup.referrers('VPC', name, 'VPCAttachment').flatMap(({ spec }) => named(spec.connection, lookup)), ...lookup.referrers('VPC', name, 'Connection')];
    case 'External': return lookup.referrers('External', name, 'ExternalAttachment').flatMap(({ spec }) => named(spec.connection, lookup));
    case 'Switch': case 'Server': return lookup.referrers(kind, name, 'Connection');
    default: return [];
  }
}

function named(connection: unknown, lookup: Lookup): NormalisedObject[] {
  const found = typeof connection === 'string' ? lookup.get('Connection', connection) : undefined;
  return found ? [found] : [];
}

function switchesOf(object: NormalisedObject, lookup: Lookup): string[] {
  if (object.kind === 'Gateway' || object.kind === 'GatewayPeering') return [];
  return concernedSwitches(object, lookup);
}

function serverItself(change: PlannedChange): string[] {
  return versionsOf(change).filter(({ kind }) => kind === 'Server').map(({ metadata }) => metadata.name);
}

function roleOf(name: string, lookup: Lookup): string {
  const role = textAt(lookup.get('Switch', name)?.spec, 'role');
  return role ? ` (${role})` : '';
}

/** `server: vpc/subnet` for each server at the attachment's cable. */
function attachmentsOf(object: NormalisedObject, lookup: Lookup): string[] {
  if (object.kind !== 'VPCAttachment') return [];
  const servers = named(object.spec.connection, lookup).flatMap(({ spec }) => connectionEnds(spec)).filter(({ deviceKind }) => deviceKind === 'Server').map(({ port }) => parseDevicePort(port)?.device);
  return [...new Set(servers)].flatMap((server) => (server ? [`${server}: ${textAt(object.spec, 'subnet') ?? ''}`] : []));
}

function compare(changes: readonly PlannedChange[], of: (object: NormalisedObject) => string[]): { gained: string[]; lost: string[] } {
  const before = new Set(changes.flatMap((change) => (change.before ? of(change.before) : [])));
  const after = new Set(changes.flatMap((change) => (change.after ? of(change.after) : [])));
  return { gained: [...after].filter((each) => !before.has(each)), lost: [...before].filter((each) => !after.has(each)) };
}

/** By pair, how it can talk before and after, with the peerings that no change touches. */
function compareReach(changes: readonly PlannedChange[], lookup: Lookup): { gained: string[]; lost: string[]; changed: string[] } {
  const touched = new Set(changes.flatMap(versionsOf).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const [before, after] = [new Map<string, string[]>(), new Map<string, string[]>()];
  const add = (to: Map<string, string[]>, { pair, terms }: Reach): void => { to.set(pair, [...(to.get(pair) ?? []), terms]); };
  for (const change of changes) {
    if (change.before) for (const each of reachOf(change.before)) add(before, each);
    if (change.after) for (const each of reachOf(change.after)) add(after, each);
  }
  for (const [pair, { ends }] of pairsOf(changes)) {
    const untouched = lookup.referrers(ends.kind, ends.name).filter((object) => !touched.has(`${object.kind}/${object.metadata.name}`)).flatMap(reachOf).filter((each) => each.pair === pair);
    for (const each of untouched) for (const side of [before, after]) add(side, each);
  }
  const same = (pair: string): boolean => sameJson(before.get(pair)?.toSorted(), after.get(pair)?.toSorted());
  return {
    gained: [...after.keys()].filter((pair) => !before.has(pair)), lost: [...before.keys()].filter((pair) => !after.has(pair)),
    changed: [...after.keys()].filter((pair) => before.has(pair) && !same(pair)),
  };
}

function pairsOf(changes: readonly PlannedChange[]): Map<string, Reach> {
  return new Map(changes.flatMap(versionsOf).flatMap(reachOf).map((reach) => [reach.pair, reach]));
}

function countedOf(names: Iterable<string>, limit: number): Counted {
  const sorted = [...new Set(names)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { count: sorted.length, names: sorted.slice(0, limit) };
}
