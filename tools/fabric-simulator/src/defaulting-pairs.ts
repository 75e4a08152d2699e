import { gatewayPairs } from './pairs/gateway-pairs.ts';
import { peeringPairs } from './pairs/peering-pairs.ts';
import { vpcPairs } from './pairs/vpc-pairs.ts';
import { wiringPairs } from './pairs/wiring-pairs.ts';
import type { DefaultingPair } from './pairs/defaulting-pair.ts';

/**
 * Objects as an operator writes them beside what admission makes of them: metadata and spec, without what the API
 * server itself adds (uid, versions, managedFields) and without schema defaults. Written by hand, from DOMAIN §2.2 and
 * the copies that agents of running labs carry. Whoever claims to know the defaulting must agree with all of them.
 */
export const defaultingPairs: readonly DefaultingPair[] = [...vpcPairs, ...peeringPairs, ...wiringPairs, ...gatewayPairs];
