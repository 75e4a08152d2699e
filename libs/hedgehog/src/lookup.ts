import type { NormalisedObject } from './resource-object.ts';

/** How rules and convergence see the other objects of a fabric: desired ones before live ones. */
export interface Lookup {
  /** The object of that kind and name, or undefined if there is none. */
  get(kind: string, name: string): NormalisedObject | undefined;
  /** The objects that name the given one, of all kinds or of one. */
  referrers(kind: string, name: string, ofKind?: string): NormalisedObject[];
  /** True for an object that Git had and has no more, and that still lives. Absent where nothing is known of Git's past. */
  isLeaving?(kind: string, name: string): boolean;
}
