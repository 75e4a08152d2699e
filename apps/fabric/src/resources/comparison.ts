import type { FieldManager, IgnoreRule, Release } from '@heddle/contracts';
import { contentHash, NORMALISER_VERSION, type NormalisedObject, withoutIgnored } from '@heddle/hedgehog';
import { isOwnedBy } from '../drifts/manager-of-field.ts';

/** What of a fabric decides how its objects are compared. */
export interface ComparedAs { release: Release; ignoreRules: readonly IgnoreRule[] }

/** Names the way in which hashes are made: they are comparable where it is the same. */
export function comparisonKey({ release, ignoreRules }: ComparedAs): string {
  const way = `${NORMALISER_VERSION}/${release}`;
  return ignoreRules.length === 0 ? way : `${way}/${contentHash(ignoreRules).slice(0, 16)}`;
}

/** The normaliser and the release of a key: what of it findings depend on, too. */
export function wayOf(key: string): { normaliser: number; release: string } {
  const [normaliser, release = ''] = key.split('/');
  return { normaliser: Number(normaliser), release };
}

/** Rules that ask who wrote a field say another thing of an object as soon as somebody else writes it. */
export function asksForManagers({ ignoreRules }: Pick<ComparedAs, 'ignoreRules'>): boolean {
  return ignoreRules.some(({ managers }) => managers !== undefined);
}

/** A normal form under its hash, and what of it is compared under that of its own. */
export interface Compared {
  hash: string;
  object: NormalisedObject;
  /** Null: the whole is compared. */
  fullHash: string | null;
  full: NormalisedObject;
}

export function compared(full: NormalisedObject, { ignoreRules }: Pick<ComparedAs, 'ignoreRules'>, managers: readonly FieldManager[] = []): Compared {
  const object = withoutIgnored(full, ignoreRules, (path, names) => isOwnedBy(path, managers, names));
  return { hash: contentHash(object), object, full, fullHash: object === full ? null : contentHash(full) };
}

/** Both bodies, to be stored. */
export function manifestsOf({ hash, object, fullHash, full }: Compared): { hash: string; body: NormalisedObject }[] {
  return fullHash === null ? [{ hash, body: object }] : [{ hash, body: object }, { hash: fullHash, body: full }];
}
