import type { Finding } from '@heddle/contracts';
import { duplicateFinding } from '@heddle/hedgehog';

/** A readable document that claims to be the object. */
export interface Claimant { path: string; index: number; line: number | null; rawHash: string }

export interface DesiredInput {
  kind: string;
  name: string;
  claimants: Claimant[];
  /** File of the last good document; null: Git never had a good one. */
  lastPath: string | null;
  /** Files in which something can't be read. */
  brokenPaths: ReadonlySet<string>;
  /** `path name` of documents that bear a name but can't be managed: a wrong kind, version or namespace. */
  refusedNames: ReadonlySet<string>;
}

export type DesiredDecision =
  | { type: 'desired'; claimant: Claimant }
  /** Stays at its last good version, neither changed nor deleted. */
  | { type: 'held'; findings: Finding[] }
  /** No document names it any more. */
  | { type: 'removed' };

/** What Git asks of one object, from all documents that could say something about it. */
export function decideDesired(input: DesiredInput): DesiredDecision {
  const [first, second] = input.claimants.toSorted((a, b) => compare(a.path, b.path) || a.index - b.index);
  if (first && second) return { type: 'held', findings: [duplicateFinding(input, first, second)] };
  if (first) return { type: 'desired', claimant: first };
  const path = input.lastPath;
  const hold = path !== null && (input.brokenPaths.has(path) || input.refusedNames.has(`${path} ${input.name}`));
  return hold ? { type: 'held', findings: [] } : { type: 'removed' };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
