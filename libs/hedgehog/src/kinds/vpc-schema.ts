import { bool, int, int32, keyedBy, map, object, pointer, setOf, since, str } from '../schema/schema-node.ts';

const advertisedRoute = object({
  destination: str('Destination prefix of the route'),
  gateway: str('Next hop of the route, inside the subnet'),
});

const dhcpOptions = object(
  {
    pxeURL: str('Boot server offered to clients'),
    dnsServers: setOf(str(), 'Name servers offered to clients'),
    timeServers: setOf(str(), 'Time servers offered to clients'),
    interfaceMTU: int('MTU offered to clients, in bytes; 9036 unless set'),
    leaseTimeSeconds: int32('Lease time in seconds; 3600 unless set'),
    disableDefaultRoute: bool('Offer no default route'),
    advertisedRoutes: keyedBy(['destination', 'gateway'], advertisedRoute, 'Extra routes offered to clients'),
  },
  { description: 'Options of the DHCP server', required: ['interfaceMTU', 'leaseTimeSeconds'] },
);

const dhcp = object(
  {
    enable: bool('Run the on-demand DHCP server for this subnet'),
    relay: str('CIDR of an outside DHCP server; excludes the built-in one'),
    relayVPC: str('VPC in which the relay target lives'),
    range: object({ start: str('First leased address'), end: str('Last leased address') }, { description: 'Leased range' }),
    options: dhcpOptions,
    static: map(object({ ip: str('Address of this MAC address') }, { required: ['ip'] }), 'Fixed leases by MAC address'),
  },
  { description: 'DHCP of the subnet' },
);

const hostBgpPrefix = object({
  minPrefixLen: int('Shortest prefix length taken from hosts', { minimum: 1, maximum: 32 }),
  maxPrefixLen: int('Longest prefix length taken from hosts', { minimum: 1, maximum: 32 }),
});

const subnet = object({
  subnet: str('CIDR of the subnet, from the IPv4Namespace'),
  gateway: str('Gateway address; the first address unless set'),
  vlan: int('VLAN of the subnet, from the VLANNamespace'),
  isolated: pointer(bool('No traffic to other subnets of the VPC unless a permit list says so')),
  restricted: pointer(bool('No traffic between hosts of the subnet')),
  hostBGP: bool('Hosts announce their addresses by BGP'),
  hostBGPMinPrefixLen: since('26.03', int('Shortest prefix length taken from hosts; 32 unless set', { minimum: 1, maximum: 32 })),
  hostBGPMaxPrefixLen: since('26.03', int('Longest prefix length taken from hosts; 32 unless set', { minimum: 1, maximum: 32 })),
  hostBGPExtraPrefixes: since('26.03', map(hostBgpPrefix, 'Prefixes beyond the subnet that hosts may announce')),
  dhcp,
});

export const vpcSpec = object(
  {
    mode: str('How the VPC is built on the switches: empty for L2VNI, or l3vni'),
    subnets: map(subnet, 'Subnets by name'),
    ipv4Namespace: str('IPv4Namespace that the subnets come from; "default" unless set'),
    vlanNamespace: str('VLANNamespace that the VLANs come from; "default" unless set'),
    defaultIsolated: bool('What `isolated` is for subnets that do not say'),
    defaultRestricted: bool('What `restricted` is for subnets that do not say'),
    permit: setOf(setOf(str()), 'Groups of subnets that may talk to each other'),
    staticRoutes: keyedBy(
      ['prefix'],
      object({ prefix: str('Destination of the route'), nextHops: setOf(str(), 'Next hops, at least one') }),
      'Routes added to the VPC',
    ),
  },
  { description: 'Desired state of the VPC' },
);
