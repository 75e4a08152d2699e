import { AGENT_WATCH, GATEWAY_AGENT_WATCH } from '../convergence/agent-projection.ts';
import type { KindDescriptor, KindWatch } from '../kind-descriptor.ts';
import { switchProfileSpec } from './switch-schema.ts';
import { AGE, GATEWAY, WIRING, column, userKind } from './user-kind.ts';

/** Leases change all the time and are looked at by people only. */
const LEASES_EVERY_MS = 60_000;

/** Completes the descriptor of a kind that a controller writes: Heddle only watches it. */
function readOnly(given: Pick<KindDescriptor, 'kind' | 'plural' | 'shortNames' | 'description'> & Partial<KindDescriptor>): KindDescriptor {
  const { rank: _rank, spec: _spec, ...base } = userKind({ rank: undefined, spec: undefined, ...given });
  return { ...base, ...(given.spec ? { spec: given.spec } : {}), managed: false, protectedFields: ['metadata', 'spec', 'status'] };
}

const fieldsOnly = (...projection: string[]): KindWatch => ({ role: 'agent', projection, throttle: [] });

export const switchProfile = readOnly({
  ...WIRING,
  kind: 'SwitchProfile',
  plural: 'switchprofiles',
  shortNames: ['sp'],
  description: 'What a switch model has; built into Hedgehog',
  spec: switchProfileSpec,
  printerColumns: [
    column('DisplayName', '.spec.displayName'),
    column('OtherNames', '.spec.otherNames'),
    column('Ports', '.metadata.annotations.fabric\\.githedgehog\\.com/ports'),
    AGE,
  ],
  watch: fieldsOnly('spec'),
});

export const agent = readOnly({
  group: 'agent.githedgehog.com',
  kind: 'Agent',
  plural: 'agents',
  shortNames: ['ag'],
  categories: ['hedgehog'],
  description: 'What one switch is told to be, and what it is',
  watch: AGENT_WATCH,
});

export const gatewayAgent = readOnly({
  group: 'gwint.githedgehog.com',
  version: 'v1alpha1',
  kind: 'GatewayAgent',
  plural: 'gatewayagents',
  shortNames: ['gwag'],
  categories: GATEWAY.categories,
  description: 'What one gateway is told to be, and what it is',
  watch: GATEWAY_AGENT_WATCH,
});

export const dhcpSubnet = readOnly({
  group: 'dhcp.githedgehog.com',
  kind: 'DHCPSubnet',
  plural: 'dhcpsubnets',
  shortNames: ['dhcp'],
  categories: ['hedgehog'],
  description: 'A subnet as the DHCP server sees it, with its leases',
  watch: {
    role: 'agent',
    projection: ['spec.subnet', 'spec.cidrBlock', 'spec.startIP', 'spec.endIP', 'status.allocated'],
    throttle: [{ path: 'status.allocated', everyMs: LEASES_EVERY_MS }],
  },
});

export const vpcInfo = readOnly({
  ...GATEWAY,
  kind: 'VPCInfo',
  plural: 'vpcinfos',
  shortNames: ['gwvpc'],
  description: 'A VPC or External as the gateways see it',
  watch: fieldsOnly('spec', 'status.internalID'),
});

export const catalog = readOnly({
  group: 'agent.githedgehog.com',
  kind: 'Catalog',
  plural: 'catalogs',
  shortNames: [],
  categories: ['hedgehog'],
  description: 'Numbers that the controller has given out: VNIs, port channels, VLANs',
  watch: fieldsOnly('spec.vpcVNIs', 'spec.vpcSubnetVNIs', 'spec.irbVLANs', 'spec.portChannelIDs', 'spec.externalIDs'),
});
