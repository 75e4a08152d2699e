/** What makes the stand-in as untidy as a real server. Spans are in milliseconds. */
export interface Faults {
  /** Ends a watch after a random time within the span. */
  closeWatches?: { after: [number, number] };
  /** Holds each watch event back for up to this long; the order is kept. */
  delayEvents?: { upTo: number };
  /** Answers lists at resourceVersion=0 with a state up to this old. */
  staleLists?: { upTo: number };
}

/** Gentle enough for every test, and still what a client must bear. */
export const TEST_FAULTS: Faults = {
  closeWatches: { after: [3_000, 30_000] },
  delayEvents: { upTo: 30 },
  staleLists: { upTo: 300 },
};

export type Random = () => number;

/** mulberry32: a repeatable sequence in [0, 1) for a seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
