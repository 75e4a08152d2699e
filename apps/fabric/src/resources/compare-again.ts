import type { FieldManager, ObjectRef } from '@heddle/contracts';
import { NORMALISER_VERSION, normalise, type NormalisedObject, type ResourceObject } from '@heddle/hedgehog';
import { type Compared, compared, type ComparedAs, comparisonKey, wayOf } from './comparison.ts';

/** The hashes of an object as they were made, and by what. */
export interface OldHashes extends ObjectRef {
  rawHash: string | null; desiredHash: string | null; desiredFullHash: string | null;
  liveHash: string | null; liveFullHash: string | null; baseHash: string | null; comparison: string;
}

/** The same object compared in today's way. */
export interface NewHashes extends ObjectRef {
  desired: Compared | null;
  live: Compared | null;
  base: Compared | null;
  comparison: string;
}

/**
 * The hashes of an object made anew from what is stored: after an upgrade of the normaliser, or of the fabric's rules.
 * Desired is read from the document. Live is stored in the normal form of an earlier normaliser alone, which may lack
 * what the new one keeps: what was equal to desired stays equal until it is seen again, so that an upgrade never looks
 * like a drift. Where the rules alone are others, everything is compared exactly.
 */
export function compareAgain(old: OldHashes, bodies: ReadonlyMap<string, unknown>, as: ComparedAs, managers: readonly FieldManager[]): NewHashes {
  const isOfToday = wayOf(old.comparison).normaliser === NORMALISER_VERSION;
  const body = (hash: string | null): NormalisedObject | null => hash === null ? null : (bodies.get(hash) as NormalisedObject | undefined) ?? null;
  const again = (object: NormalisedObject | null): Compared | null => object && compared(isOfToday ? object : normalise(object), as, managers);
  const desired = old.desiredHash === null ? null : again(desiredOf(old, bodies) ?? body(old.desiredFullHash ?? old.desiredHash));
  const wasEqual = old.liveHash !== null && old.liveHash === old.desiredHash;
  const live = wasEqual && !isOfToday && old.liveFullHash === old.desiredFullHash ? desired : again(body(old.liveFullHash ?? old.liveHash));
  const stillEqual = wasEqual && !isOfToday && live && desired ? { ...live, hash: desired.hash, object: desired.object, fullHash: live.fullHash ?? (live.hash === desired.hash ? null : live.hash) } : live;
  return { kind: old.kind, name: old.name, desired, live: stillEqual, base: baseOf(), comparison: comparisonKey(as) };

  /** What Heddle applied, and is what Git asks for, stays so. */
  function baseOf(): Compared | null {
    if (old.baseHash === null) return null;
    if (old.baseHash === old.desiredHash) return desired;
    if (old.baseHash === old.liveHash && !isOfToday) return stillEqual;
    return again(body(old.baseHash));
  }
}

function desiredOf({ rawHash }: OldHashes, bodies: ReadonlyMap<string, unknown>): NormalisedObject | null {
  const raw = rawHash === null ? undefined : bodies.get(rawHash);
  return raw === undefined ? null : normalise(raw as ResourceObject);
}
