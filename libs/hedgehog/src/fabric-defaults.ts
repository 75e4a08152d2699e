/** The fabric-wide constants that rules need; Hedgehog's installer configuration can override each of them. */
export interface FabricSettings {
  /** CIDR of the management network; switches must lie below `managementDhcpStart`. */
  readonly managementSubnet: string;
  readonly managementDhcpStart: string;
  readonly controlVip: string;
  readonly protocolSubnet: string;
  readonly vtepSubnet: string;
  readonly proxyExternalSubnet: string;
  /** CIDR from which the /31 links between switches and gateways come. */
  readonly fabricLinkSubnet: string;
  readonly spineAsn: number;
  readonly leafAsns: readonly [from: number, to: number];
  readonly gatewayAsn: number;
  /** VLANs that the fabric takes for itself: the VPCs' routed interfaces. */
  readonly irbVlans: readonly [from: number, to: number];
  /** VLANs kept for a workaround on switches with Tomahawk 5 silicon. */
  readonly th5Vlans: readonly [from: number, to: number];
  /** Bytes. */
  readonly fabricMtu: number;
  /** Bytes that server-facing ports must stay below the fabric's MTU. */
  readonly serverMtuOffset: number;
  /** Number of configured gateway communities = most members of a gateway group. */
  readonly gatewayCommunities: number;
  /** The fabric is installed with gateways. */
  readonly gatewayEnabled: boolean;
  /** VPCs may be peered within the fabric. */
  readonly vpcPeeringEnabled: boolean;
  /** Names of the switch profiles that may be used; null: all that the cluster has. */
  readonly switchProfiles: readonly string[] | null;
}

/** What an untouched installation of Hedgehog 26.03 uses. */
export const DEFAULT_FABRIC_SETTINGS: FabricSettings = {
  managementSubnet: '172.30.0.0/21',
  managementDhcpStart: '172.30.4.0',
  controlVip: '172.30.0.1/32',
  protocolSubnet: '172.30.8.0/22',
  vtepSubnet: '172.30.12.0/22',
  proxyExternalSubnet: '172.30.16.0/22',
  fabricLinkSubnet: '172.30.128.0/17',
  spineAsn: 65100,
  leafAsns: [65101, 65533],
  gatewayAsn: 65534,
  irbVlans: [3000, 3899],
  th5Vlans: [3900, 3999],
  fabricMtu: 9100,
  serverMtuOffset: 64,
  gatewayCommunities: 10,
  gatewayEnabled: true,
  vpcPeeringEnabled: true,
  switchProfiles: null,
};

/** The subnets that no VPC, namespace or static route may overlap. */
export function reservedSubnets(settings: FabricSettings): string[] {
  return [
    settings.managementSubnet,
    settings.controlVip,
    settings.protocolSubnet,
    settings.vtepSubnet,
    settings.proxyExternalSubnet,
    settings.fabricLinkSubnet,
  ];
}
