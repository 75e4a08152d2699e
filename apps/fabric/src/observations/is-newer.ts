/** Where a picture of an object comes from: a watch's message, or the answer to one of our writes. `anyVersion`: the server is another than before, and its versions can't be compared. */
export type Sighting = { type: 'watch'; epoch: number; sequence: number; observedAt: Date; anyVersion?: boolean } | { type: 'answer' };

/** The picture that is stored. */
export interface Stored { epoch: number; sequence: number; resourceVersion: string | null; at: Date | null }

/** An API server that was restored from a backup counts from lower again: after this time the watch is believed. */
const RESTORED_MS = 300_000;

/**
 * Whether a sighting is newer than what is stored. A watch's message is newer by (epoch, sequence), unless it shows an
 * older resourceVersion than our own write was answered with: then it was on its way before the write.
 */
export function isNewer(sighting: Sighting, resourceVersion: string, stored: Stored | undefined): boolean {
  if (!stored) return true;
  const older = isOlderVersion(resourceVersion, stored.resourceVersion);
  if (sighting.type === 'answer') return !older;
  const later = sighting.epoch > stored.epoch || (sighting.epoch === stored.epoch && sighting.sequence > stored.sequence);
  if (!later) return false;
  return !older || sighting.anyVersion === true || (stored.at !== null && sighting.observedAt.getTime() - stored.at.getTime() > RESTORED_MS);
}

/** resourceVersions of one server are compared as numbers where both are; anything else is never older. */
export function isOlderVersion(a: string, b: string | null): boolean {
  if (b === null || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return BigInt(a) < BigInt(b);
}
