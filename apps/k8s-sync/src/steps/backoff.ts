const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Milliseconds until the next try: doubling, with jitter, but never before what the server asked for. @param random 0..1 */
export function backoffMs(tries: number, afterSeconds: number | null, random: number): number {
  const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10));
  return Math.max((afterSeconds ?? 0) * 1_000, afterSeconds === 0 ? 0 : grown * (0.75 + random / 2));
}
