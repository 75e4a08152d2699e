const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;

/** How long to wait before a drift is put back by itself, after so many times within the last hour: at once, 5 s, 10 s ... 10 min. */
export function healDelayMs(healsBefore: number): number {
  return healsBefore === 0 ? 0 : Math.min(FIRST_MS * 2 ** (healsBefore - 1), LONGEST_MS);
}
