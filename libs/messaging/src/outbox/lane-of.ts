/** The outbox is split into lanes, each relayed by one process at a time. Fixed: rows carry their lane. */
export const LANES = 16;

/** The lane of an ordering key: FNV-1a over its UTF-16 units, so that every process agrees. */
export function laneOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  // Folded, since the high bits are the better mixed ones.
  return (hash ^ (hash >>> 16)) & (LANES - 1);
}
