import type { Claim } from '../claim.ts';
import { formatAddress, formatCidr, parseAddress, parseCidr } from '../net/ipv4.ts';

/** The claim on the address of an `address/length` or plain address; none if it can't be read. */
export function addressClaim(space: string, field: string, text: unknown): Claim[] {
  const address = parseCidr(text)?.address ?? parseAddress(text);
  return address === undefined ? [] : [{ space, field, value: formatAddress(address) }];
}

/** The claim on all addresses of each CIDR; what can't be read is left out. */
export function rangeClaims(space: string, field: string, cidrs: readonly string[]): Claim[] {
  return cidrs.flatMap((text): Claim[] => {
    const cidr = parseCidr(text);
    return cidr ? [{ space, field, from: cidr.first, to: cidr.last, text: formatCidr(cidr) }] : [];
  });
}
