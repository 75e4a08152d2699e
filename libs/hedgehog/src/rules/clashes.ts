import type { Finding } from '@heddle/contracts';
import { claimSort, claimText, claimsClash } from '../claim.ts';
import type { Claim, RangeClaim, ValueClaim } from '../claim.ts';
import { claimsOf } from '../claims-of.ts';
import type { NormalisedObject } from '../resource-object.ts';

/** Names the object that makes a claim. */
export interface Claimant {
  readonly kind: string;
  readonly name: string;
  /** Git has dropped it: what it claims is free as soon as it is deleted, and a plan waits for that. */
  readonly leaving?: boolean;
}

/** The claims of other objects that may clash with one: all of its space, or just those near its value or range. */
export type ClaimLookup = (claim: Claim) => Iterable<{ readonly claim: Claim; readonly by: Claimant }>;

interface ClashText {
  readonly rule: string;
  readonly severity: Finding['severity'];
  readonly message: (thing: string, scope: string, other: string) => string;
  readonly remedy: string;
}

const error = (rule: string, message: ClashText['message'], remedy: string): ClashText => ({ rule, severity: 'error', message, remedy });

/** What each sort of claim means when two objects make it. */
const CLASHES: Readonly<Record<string, ClashText>> = {
  port: error('clash-port', (thing, _, other) => `Port ${thing} is used by ${other}, too`, 'Use another port, or remove the other use'),
  'link-ip': error('clash-link-ip', (thing, _, other) => `Address ${thing} stands on ${other}, too`, 'Take a free /31 of the link subnet'),
  vlan: error('clash-vlan', (thing, scope, other) => `VLAN ${thing} of VLANNamespace ${scope} is used by ${other}, too`, 'Use a VLAN that no other VPC of the namespace has'),
  subnet: error('clash-subnet', (thing, scope, other) => `${thing} overlaps a subnet of ${other} in IPv4Namespace ${scope}`, 'Use a subnet that no other VPC of the namespace has'),
  'leaf-asn': error('clash-asn', (thing, _, other) => `ASN ${thing} is that of ${other}, too`, 'Give each leaf an ASN of its own'),
  'management-ip': error('clash-management-ip', (thing, _, other) => `Management address ${thing} is that of ${other}, too`, 'Use a free management address'),
  'protocol-ip': error('clash-protocol-ip', (thing, _, other) => `Protocol address ${thing} is that of ${other}, too`, 'Use a free address of the protocol subnet'),
  'vtep-ip': error('clash-vtep-ip', (thing, _, other) => `Tunnel address ${thing} is that of ${other}, too`, 'Use a free address of the VTEP subnet'),
  'vtep-mac': error('clash-vtep-mac', (thing, _, other) => `Tunnel MAC address ${thing} is that of ${other}, too`, 'Give each gateway a MAC address of its own'),
  'boot-mac': error('clash-boot-mac', (thing, _, other) => `${other} boots with MAC address ${thing}, too`, 'Correct the MAC address of one of the two'),
  'boot-serial': error('clash-boot-serial', (thing, _, other) => `${other} boots with serial number ${thing}, too`, 'Correct the serial number of one of the two'),
  'attached-subnet': error('clash-attachment', (thing, scope, other) => `${other} attaches ${thing} to Connection ${scope}, too`, 'Remove one of the two attachments'),
  'native-vlan': error('clash-native-vlan', (thing, _, other) => `${other} has the native VLAN of Connection ${thing}, too`, 'Only one attachment of a connection can be untagged'),
  'external-vlan': error('clash-external-vlan', (thing, scope, other) => `VLAN ${thing} of Connection ${scope} is used by ${other}, too`, 'Use another VLAN on this connection'),
  'peered-pair': {
    rule: 'clash-peering',
    severity: 'warning',
    message: (thing, _, other) => `${thing} are peered by ${other}, too`,
    remedy: 'Keep one peering of the pair: what two of them do together is not defined',
  },
};

/** Sorts of claims that two objects may not both make. The others only say where something stands. */
export const CLASHING_SORTS: readonly string[] = Object.keys(CLASHES);

/** What is found when an object's claim clashes with one of another object, a warning where that one goes; undefined for a space that nobody minds. */
export function clashFinding(object: Claimant, claim: Claim, by: Claimant): Finding | undefined {
  const sort = claimSort(claim.space);
  const text = CLASHES[sort];
  if (!text) return undefined;
  const other = by.leaving === true ? `${by.kind} ${by.name}, which Git no longer has` : `${by.kind} ${by.name}`;
  return {
    rule: text.rule,
    severity: by.leaving === true ? 'warning' : text.severity,
    message: text.message(claimText(claim), claim.space.slice(sort.length + 1), other),
    remedy: by.leaving === true ? `It is free when ${by.kind} ${by.name} is deleted: sync with prune` : text.remedy,
    field: claim.field,
    kind: object.kind,
    name: object.name,
  };
}

/** The claims that two objects may not both make. */
function clashing(object: NormalisedObject): Claim[] {
  return claimsOf(object).filter(({ space }) => Object.hasOwn(CLASHES, claimSort(space)));
}

/** What of an object clashes with other objects of the fabric; its own claims are never compared with each other. */
export function findClashes(object: NormalisedObject, lookup: ClaimLookup): Finding[] {
  const self: Claimant = { kind: object.kind, name: object.metadata.name };
  return clashing(object).flatMap((claim) => {
    const others = [...lookup(claim)].filter(({ claim: other, by }) => (by.kind !== self.kind || by.name !== self.name) && claimsClash(claim, other));
    return others.flatMap(({ by }) => clashFinding(self, claim, by) ?? []);
  });
}

type Entry = { claim: Claim; by: Claimant };

/** Ranges of one space by where they begin, and how long the longest is: what overlaps one begins that far before it. */
interface Ranges { entries: { first: number; entry: Entry }[]; longest: number }

/** A claim lookup over objects in memory. */
export function claimLookupOf(objects: Iterable<NormalisedObject>): ClaimLookup {
  const values = new Map<string, Entry[]>();
  const ranges = new Map<string, Ranges>();
  for (const object of objects) {
    for (const claim of clashing(object)) {
      const entry = { claim, by: { kind: object.kind, name: object.metadata.name } };
      if ('value' in claim) addValue(values, claim, entry);
      else addRange(ranges, claim, entry);
    }
  }
  for (const { entries } of ranges.values()) entries.sort((a, b) => a.first - b.first);
  return (claim) => ('value' in claim ? (values.get(keyOf(claim)) ?? []) : overlapping(ranges.get(claim.space), claim.from, claim.to));
}

function keyOf({ space, value }: ValueClaim): string {
  return `${space}\n${value}`;
}

function addValue(values: Map<string, Entry[]>, claim: ValueClaim, entry: Entry): void {
  const known = values.get(keyOf(claim));
  if (known) known.push(entry);
  else values.set(keyOf(claim), [entry]);
}

function addRange(ranges: Map<string, Ranges>, { space, from, to }: RangeClaim, entry: Entry): void {
  const known = ranges.get(space) ?? { entries: [], longest: 0 };
  known.entries.push({ first: from, entry });
  known.longest = Math.max(known.longest, to - from);
  ranges.set(space, known);
}

function overlapping(ranges: Ranges | undefined, from: number, to: number): Entry[] {
  if (!ranges) return [];
  const { entries, longest } = ranges;
  let low = 0;
  for (let high = entries.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.first ?? 0) < from - longest) low = middle + 1;
    else high = middle;
  }
  const found: Entry[] = [];
  for (let at = low; at < entries.length && (entries[at]?.first ?? 0) <= to; at++) found.push((entries[at] as Ranges['entries'][number]).entry);
  return found;
}
