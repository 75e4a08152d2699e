/** Where a kind lives in the API. */
export interface Kind {
  kind: string;
  group: string;
  version: string;
  plural: string;
}

const vpc = (kind: string, plural: string): Kind => ({ kind, group: 'vpc.githedgehog.com', version: 'v1beta1', plural });
const wiring = (kind: string, plural: string): Kind => ({ kind, group: 'wiring.githedgehog.com', version: 'v1beta1', plural });
const gateway = (kind: string, plural: string): Kind => ({ kind, group: 'gateway.githedgehog.com', version: 'v1alpha1', plural });

/** The kinds that users write, in an order in which they can be applied. */
export const userKinds: readonly Kind[] = [
  vpc('IPv4Namespace', 'ipv4namespaces'),
  wiring('VLANNamespace', 'vlannamespaces'),
  wiring('SwitchGroup', 'switchgroups'),
  gateway('GatewayGroup', 'gatewaygroups'),
  wiring('Switch', 'switches'),
  wiring('Server', 'servers'),
  gateway('Gateway', 'gateways'),
  wiring('Connection', 'connections'),
  vpc('VPC', 'vpcs'),
  vpc('External', 'externals'),
  vpc('VPCAttachment', 'vpcattachments'),
  vpc('ExternalAttachment', 'externalattachments'),
  vpc('VPCPeering', 'vpcpeerings'),
  vpc('ExternalPeering', 'externalpeerings'),
  gateway('GatewayPeering', 'gatewaypeerings'),
];

export const switchProfileKind = wiring('SwitchProfile', 'switchprofiles');
export const agentKind: Kind = { kind: 'Agent', group: 'agent.githedgehog.com', version: 'v1beta1', plural: 'agents' };
export const catalogKind: Kind = { kind: 'Catalog', group: 'agent.githedgehog.com', version: 'v1beta1', plural: 'catalogs' };

export const gatewayAgentKind: Kind = { kind: 'GatewayAgent', group: 'gwint.githedgehog.com', version: 'v1alpha1', plural: 'gatewayagents' };

/** What the rules and the controller look at: the user kinds and the switch profiles. */
export const watchedKinds: readonly Kind[] = [...userKinds, switchProfileKind];

/** Kinds that pass admission; a SwitchGroup and a GatewayGroup have no webhook, as upstream. */
export const admittedKinds: readonly Kind[] = watchedKinds.filter(({ kind }) => kind !== 'SwitchGroup' && kind !== 'GatewayGroup');

export const apiVersionOf = (kind: Kind): string => `${kind.group}/${kind.version}`;

export function kindNamed(name: string): Kind {
  const kind = [...watchedKinds, agentKind, gatewayAgentKind, catalogKind].find((candidate) => candidate.kind === name);
  if (!kind) throw new Error(`the fabric simulator knows no kind ${name}`);
  return kind;
}
