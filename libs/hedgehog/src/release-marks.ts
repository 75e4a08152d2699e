import { RELEASES, type Release } from '@heddle/contracts';

/** A field that came with a release: a cluster whose kind has it runs that release or a later one. */
export interface ReleaseMark {
  readonly kind: string;
  /** Dotted; `*` stands for each entry of a map. */
  readonly path: string;
  readonly since: Release;
}

/** One for each release but the oldest. CRDs keep fields that are gone for a while, so only what came tells releases apart. */
export const RELEASE_MARKS: readonly ReleaseMark[] = [{ kind: 'VPC', path: 'spec.subnets.*.hostBGPMinPrefixLen', since: '26.03' }];

/** What a cluster's kinds were seen to have. */
export interface SeenField {
  readonly kind: string;
  readonly path: string;
  readonly present: boolean;
}

/** The release that a cluster runs, by the fields of its kinds; undefined while not all marks were looked at. */
export function releaseSeen(seen: readonly SeenField[]): Release | undefined {
  const marks = RELEASE_MARKS.map((mark) => ({ ...mark, present: seen.find(({ kind, path }) => kind === mark.kind && path === mark.path)?.present }));
  if (marks.some(({ present }) => present === undefined)) return undefined;
  const newest = marks.filter(({ present }) => present).map(({ since }) => RELEASES.indexOf(since));
  return RELEASES[Math.max(0, ...newest)];
}
