import { attachmentRules } from './attachment-rules.ts';
import { changeRules } from './change-rules.ts';
import { connectionRules } from './connection-rules.ts';
import { crossRules } from './cross-rules.ts';
import { dhcpRules } from './dhcp-rules.ts';
import { gatewayPeeringRules } from './gateway-peering-rules.ts';
import { gatewayRules } from './gateway-rules.ts';
import { groupRules } from './group-rules.ts';
import { installationRules } from './installation-rules.ts';
import { metadataRules } from './metadata-rules.ts';
import { namespaceRules } from './namespace-rules.ts';
import { peeringRules } from './peering-rules.ts';
import { profileRules } from './profile-rules.ts';
import type { Rule } from './rule.ts';
import { switchRules } from './switch-rules.ts';
import { vpcRules } from './vpc-rules.ts';

/** Every semantic rule on objects. Clashes between objects are found through claims: see `findClashes`. */
export const RULES: readonly Rule[] = [
  ...metadataRules,
  ...namespaceRules,
  ...switchRules,
  ...connectionRules,
  ...vpcRules,
  ...dhcpRules,
  ...attachmentRules,
  ...peeringRules,
  ...gatewayRules,
  ...gatewayPeeringRules,
  ...crossRules,
  ...groupRules,
  ...profileRules,
  ...changeRules,
  ...installationRules,
];
