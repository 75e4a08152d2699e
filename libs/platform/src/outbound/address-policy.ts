import ipaddr from 'ipaddr.js';

/** Which addresses Heddle may connect to on a user's word. */
export interface AddressPolicy {
  /** True when this IP address may be reached. */
  allows(address: string): boolean;
}

/** Ranges that `true` opens; link-local (cloud metadata) needs a CIDR of its own. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** @param setting `false`: public unicast only; `true`: private and loopback too; or CIDRs separated by commas beside the public ones. */
export function addressPolicy(setting: string): AddressPolicy {
  const everythingPrivate = setting.trim() === 'true';
  const ranges = ['true', 'false', ''].includes(setting.trim()) ? [] : setting.split(',').map((cidr) => ipaddr.parseCIDR(cidr.trim()));
  return {
    allows(address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      const range = parsed.range();
      if (range === 'unicast' || (everythingPrivate && PRIVATE_RANGES.has(range))) return true;
      return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
    },
  };
}
