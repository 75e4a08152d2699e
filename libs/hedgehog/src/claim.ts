/**
 * Something that stands in an object and can be looked for: an address, a VLAN, a port, a number.
 * Where its sort is one of which a fabric has only one (`CLASHING_SORTS`), two claims of different objects in one space
 * clash if their values are equal or their ranges overlap, unless both carry the same `sharedBy`.
 */
export type Claim = ValueClaim | RangeClaim;

interface ClaimBase {
  /** What is claimed, with its scope behind a colon where it has one, such as `vlan:default` or `port`. */
  readonly space: string;
  /** Path of the field that claims it. */
  readonly field: string;
  /** Members of one pair or group may share: two MCLAG switches have one ASN and one VTEP address. */
  readonly sharedBy?: string;
}

export interface ValueClaim extends ClaimBase {
  readonly value: string;
}

/** IPv4 addresses or VLANs as numbers, both ends included. */
export interface RangeClaim extends ClaimBase {
  readonly from: number;
  readonly to: number;
  /** The range as a person writes it. */
  readonly text: string;
}

/** The part of a space before the colon: the sort of thing that is claimed. */
export function claimSort(space: string): string {
  return space.split(':', 1)[0] ?? space;
}

/** True if both cannot stand in one fabric. The caller makes sure that they belong to different objects. */
export function claimsClash(a: Claim, b: Claim): boolean {
  if (a.space !== b.space) return false;
  if (a.sharedBy !== undefined && a.sharedBy === b.sharedBy) return false;
  if ('value' in a) return 'value' in b && a.value === b.value;
  return !('value' in b) && a.from <= b.to && b.from <= a.to;
}

/** The claimed thing as a person writes it. */
export function claimText(claim: Claim): string {
  return 'value' in claim ? claim.value : claim.text;
}
