const OCTET = /^(0|[1-9][0-9]{0,2})$/;

/** An IPv4 prefix; addresses are unsigned 32-bit numbers. */
export interface Cidr {
  /** The address as written, which may have host bits. */
  readonly address: number;
  readonly prefix: number;
  /** Network address. */
  readonly first: number;
  /** Broadcast address. */
  readonly last: number;
}

/** The address as a number from 0 to 2^32-1, or undefined if the text is no dotted IPv4 address. */
export function parseAddress(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!OCTET.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The dotted form of an address. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The prefix, or undefined if the text is no `address/length`. */
export function parseCidr(text: unknown): Cidr | undefined {
  if (typeof text !== 'string') return undefined;
  const [addressText, lengthText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || lengthText === undefined || rest.length > 0) return undefined;
  if (!/^(0|[1-9][0-9]?)$/.test(lengthText) || Number(lengthText) > 32) return undefined;
  const prefix = Number(lengthText);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { address, prefix, first, last: first + size - 1 };
}

/** The prefix as text, without host bits. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.first)}/${cidr.prefix}`;
}

/** True if the address lies in the prefix, network and broadcast address included. */
export function contains(cidr: Cidr, address: number): boolean {
  return address >= cidr.first && address <= cidr.last;
}

/** True if the two ranges share an address. */
export function overlaps(a: { first: number; last: number }, b: { first: number; last: number }): boolean {
  return a.first <= b.last && b.first <= a.last;
}
