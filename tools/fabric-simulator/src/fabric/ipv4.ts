/** An IPv4 address as an unsigned number; undefined for anything that is not one. */
export function parseAddress(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

export interface Cidr {
  /** The address as written, before the slash. */
  address: number;
  first: number;
  last: number;
  length: number;
}

const parsed = new Map<string, Cidr | undefined>();
const mostParsed = 100_000;

/** Reads `a.b.c.d/n`; the address need not be the network's own. Remembers: each VPC is compared with all others. */
export function parseCidr(text: unknown): Cidr | undefined {
  if (typeof text !== 'string') return undefined;
  if (!parsed.has(text)) {
    if (parsed.size >= mostParsed) parsed.clear();
    parsed.set(text, readCidr(text));
  }
  return parsed.get(text);
}

function readCidr(text: string): Cidr | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const address = parseAddress(match?.[1]);
  const length = Number(match?.[2]);
  if (address === undefined || length > 32) return undefined;
  const size = 2 ** (32 - length);
  const first = Math.floor(address / size) * size;
  return { address, first, last: first + size - 1, length };
}

/** As parseCidr, for text that is known to be right. */
export function cidr(text: string): Cidr {
  const range = parseCidr(text);
  if (!range) throw new Error(`${text} is not an IPv4 CIDR`);
  return range;
}

export const overlaps = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;
export const contains = (outer: Cidr, inner: Cidr): boolean => outer.first <= inner.first && inner.last <= outer.last;
export const holds = (outer: Cidr, address: number): boolean => outer.first <= address && address <= outer.last;
export const isCanonical = (range: Cidr): boolean => range.address === range.first;
