import { formatAddress } from '../net/ipv4.ts';

/** Whole numbers from `first` to `last`, both included. */
export interface NumberRange { readonly first: number; readonly last: number }

/** The lowest `count` numbers of the ranges that are not taken, each once; fewer where there are no more. */
export function freeNumbers(ranges: readonly NumberRange[], taken: Iterable<number>, count: number): number[] {
  const used = new Set(taken);
  const free: number[] = [];
  for (const { first, last } of merged(ranges)) {
    for (let number = first; number <= last && free.length < count; number++) if (!used.has(number)) free.push(number);
  }
  return free;
}

/** How many numbers of the ranges are not taken. */
export function countFree(ranges: readonly NumberRange[], taken: Iterable<number>): number {
  const within = merged(ranges);
  const size = within.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const used = new Set([...taken].filter((number) => within.some(({ first, last }) => number >= first && number <= last)));
  return size - used.size;
}

/**
 * The first `count` networks of a prefix length that lie within one of the pools and overlap nothing taken, as CIDRs in
 * ascending order; fewer where there are no more. Pools and what is taken may overlap among themselves.
 */
export function freeSubnets(pools: readonly NumberRange[], taken: readonly NumberRange[], length: number, count: number): string[] {
  const size = 2 ** (32 - length);
  const used = merged(taken);
  const free = new Set(pools.flatMap((pool) => freeIn(pool, used, size, count)));
  return [...free].toSorted((a, b) => a - b).slice(0, count).map((first) => `${formatAddress(first)}/${length}`);
}

/** First addresses of the free blocks of one pool; `used` is sorted and disjoint. */
function freeIn(pool: NumberRange, used: readonly NumberRange[], size: number, count: number): number[] {
  const free: number[] = [];
  let at = 0;
  for (let first = Math.ceil(pool.first / size) * size; first + size - 1 <= pool.last && free.length < count;) {
    while (at < used.length && (used[at] as NumberRange).last < first) at++;
    const next = used[at];
    if (next && next.first <= first + size - 1) first = Math.ceil((next.last + 1) / size) * size;
    else {
      free.push(first);
      first += size;
    }
  }
  return free;
}

/** Sorted, and joined where they overlap or touch. */
function merged(ranges: readonly NumberRange[]): NumberRange[] {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.filter((range) => range.first <= range.last).toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else joined.push({ first, last });
  }
  return joined;
}
