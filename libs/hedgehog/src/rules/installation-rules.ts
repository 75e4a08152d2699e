import type { JsonObject } from '../resource-object.ts';
import { textAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample } from './rule.ts';

const leaf = { role: 'server-leaf', profile: 'vs', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', vlanNamespaces: ['default'] };
const onSwitch = (spec: JsonObject, allowed: readonly string[] | null): RuleExample => ({ kind: 'Switch', name: 'leaf-1', spec: { ...leaf, ...spec }, settings: { switchProfiles: allowed } });

/** Rules on what the installer has switched on. Where nothing is said of it, it is taken to be. */
export const installationRules: readonly Rule[] = [
  {
    id: 'gateway-enabled',
    kinds: ['Gateway', 'GatewayGroup', 'GatewayPeering'],
    severity: 'error',
    text: 'Gateways, their groups and peerings are used only where the fabric is installed with gateways',
    remedy: 'Switch the gateway on in the configuration of the installer and tell Heddle (heddle fabric set … --gateway on), or leave the object out',
    check: ({ kind }, { settings }) => hitIf(!settings.gatewayEnabled, 'spec', `The fabric is installed without gateways; it takes no ${kind}`),
    good: [{ kind: 'GatewayGroup', name: 'default', spec: {} }],
    bad: [{ kind: 'GatewayGroup', name: 'default', spec: {}, settings: { gatewayEnabled: false } }],
  },
  {
    id: 'vpc-peering-enabled',
    kinds: ['VPCPeering'],
    severity: 'error',
    text: 'VPCs are peered within the fabric only where that is not switched off',
    remedy: 'Peer the VPCs by a GatewayPeering, or switch peering on in the configuration of the installer and tell Heddle (heddle fabric set … --vpc-peering on)',
    check: (_object, { settings }) => hitIf(!settings.vpcPeeringEnabled, 'spec.permit', 'Peering of VPCs is switched off in this fabric'),
    good: [{ spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] } }],
    bad: [{ spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }, settings: { vpcPeeringEnabled: false } }],
  },
  {
    id: 'switch-profile-allowed',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A switch uses one of the profiles that the fabric is installed with',
    remedy: 'Use one of the profiles that are named, or add it to those that the fabric may use (heddle fabric set … --switch-profiles)',
    check: ({ spec }, { settings: { switchProfiles } }) => {
      const profile = textAt(spec, 'profile');
      return hitIf(switchProfiles !== null && profile !== undefined && !switchProfiles.includes(profile), 'spec.profile', `The profile ${profile} is not among ${switchProfiles?.join(', ') || 'those that may be used: there are none'}`);
    },
    good: [onSwitch({}, null), onSwitch({}, ['vs', 'ds3000'])],
    bad: [onSwitch({}, ['ds3000']), onSwitch({}, [])],
  },
];
