import { cidr } from './ipv4.ts';

/** What Hedgehog's installer sets for a whole fabric unless told otherwise (DOMAIN: release 26.03's defaults). */
export const managementSubnet = cidr('172.30.0.0/21');
export const managementDhcpStart = cidr('172.30.4.0/32').first;
export const protocolSubnet = cidr('172.30.8.0/22');
export const vtepSubnet = cidr('172.30.12.0/22');
export const fabricSubnet = cidr('172.30.128.0/17');

/** No tenant's address may lie in one of these. */
export const reservedSubnets = [managementSubnet, protocolSubnet, vtepSubnet, cidr('172.30.16.0/22'), fabricSubnet];

export const spineAsn = 65_100;
export const firstLeafAsn = 65_101;
export const lastLeafAsn = 65_533;

/** VLANs that the fabric takes for its own routing; the second range is a workaround for one switch chip. */
export const reservedVlans = [
  { from: 3000, to: 3899 },
  { from: 3900, to: 3999 },
];

export const fabricMtu = 9100;
export const serverMtuOffset = 64;
/** How many gateways one group takes: one per configured community. */
export const gatewayCommunities = 10;
