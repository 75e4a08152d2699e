import ipaddr from 'ipaddr.js';

/** Which addresses Heddle may connect to on a user's word. */
export interface AddressPolicy {
  /** True when this IP address may be reached. */
  allows(address: string): boolean;
}

/** Ranges that `true` opens; link-local (cloud metadata) needs a CIDR of its own. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Metadata services of clouds that lie in ranges which `true` opens; each needs a CIDR of its own as well. */
const METADATA = new Set(['fd00:ec2::254', '100.100.100.200'].map((address) => ipaddr.parse(address).toNormalizedString()));
/** Forms of IPv6 that carry an IPv4 address to somewhere else: IPv4-compatible, and NAT64 of local use (RFC 8215). */
const EMBEDDING: [ipaddr.IPv6, number][] = [ipaddr.IPv6.parseCIDR('::/96'), ipaddr.IPv6.parseCIDR('64:ff9b:1::/48')];

/** @param setting `false`: public unicast only; `true`: private and loopback too; or CIDRs separated by commas beside the public ones. */
export function addressPolicy(setting: string): AddressPolicy {
  const everythingPrivate = setting.trim() === 'true';
  const ranges = ['true', 'false', ''].includes(setting.trim()) ? [] : setting.split(',').map((cidr) => ipaddr.parseCIDR(cidr.trim()));
  return {
    allows(address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      const range = parsed.range();
      const embedding = parsed instanceof ipaddr.IPv6 && EMBEDDING.some((cidr) => parsed.match(cidr));
      if (range === 'unicast' && !embedding) return true;
      if (everythingPrivate && PRIVATE_RANGES.has(range) && !METADATA.has(parsed.toNormalizedString())) return true;
      return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
    },
  };
}
