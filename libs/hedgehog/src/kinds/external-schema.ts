import { bool, int, int32, keyedBy, list, map, object, pointer, setOf, str, until } from '../schema/schema-node.ts';

export const externalSpec = object(
  {
    ipv4Namespace: str('IPv4Namespace that the External belongs to; "default" unless set'),
    inboundCommunity: str('BGP community of the routes taken from the external system, such as 65102:5000'),
    outboundCommunity: str('BGP community put on routes sent to the external system'),
    static: pointer(
      object(
        { prefixes: setOf(str(), 'Prefixes reachable through the external system') },
        { description: 'Present for an External without BGP' },
      ),
    ),
  },
  { description: 'Desired state of the External' },
);

const flag = bool();
const aclStatement = object(
  {
    seq: int('Order of the statement, from 10'),
    action: str('permit, deny, discard or transit'),
    protocol: str('ip, tcp, udp or icmp'),
    srcPrefix: str('CIDR, or any'),
    dstPrefix: str('CIDR, or any'),
    portRangeBegin: int('First destination port'),
    portRangeEnd: int('Last destination port'),
    icmpType: pointer(int('ICMP type')),
    icmpCode: pointer(int('ICMP code')),
    tcpFilters: pointer(
      object({
        established: flag,
        ack: flag,
        notAck: flag,
        fin: flag,
        notFin: flag,
        psh: flag,
        notPsh: flag,
        rst: flag,
        notRst: flag,
        syn: flag,
        notSyn: flag,
        urg: flag,
        notUrg: flag,
      }),
    ),
  },
  { required: ['action', 'dstPrefix', 'protocol', 'seq', 'srcPrefix'] },
);

export const externalAttachmentSpec = object(
  {
    external: str('External that is attached'),
    connection: str('Connection of type external that it is attached to'),
    switch: object(
      { ip: str('Address of the switch port with prefix length'), vlan: int('VLAN of the subinterface; 0 for none') },
      { description: 'Switch side of the BGP session' },
    ),
    neighbor: object(
      { asn: int32('ASN of the neighbor'), ip: str('Address of the neighbor, without prefix length') },
      { description: 'External side of the BGP session' },
    ),
    static: pointer(
      object(
        {
          remoteIP: str('Address of the external system, used as next hop'),
          ip: str('Address of the switch port with prefix length; excludes proxy'),
          proxy: bool('Answer ARP for the external system; used with gateway peerings'),
          vlan: int('VLAN of the subinterface; 0 for none'),
        },
        { description: 'Present for an attachment without BGP', required: ['remoteIP'] },
      ),
    ),
    inboundACL: pointer(object({ statements: keyedBy(['seq'], aclStatement) }, { description: 'Filter of inbound traffic' })),
  },
  { description: 'Desired state of the ExternalAttachment', required: ['neighbor', 'switch'] },
);

export const externalPeeringSpec = object(
  {
    permit: object(
      {
        vpc: object({ name: str('VPC that is peered'), subnets: setOf(str(), 'Its subnets that take part') }),
        external: object({
          name: str('External that is peered'),
          prefixes: keyedBy(['prefix'], object({ prefix: str('Prefix taken from the External') }), 'Prefixes that take part'),
        }),
      },
      { description: 'Who is peered, and with what' },
    ),
  },
  { description: 'Desired state of the ExternalPeering' },
);

const peeringSide = object({
  subnets: setOf(str(), 'Subnets that take part; all unless set', { minItems: 1, maxItems: 10 }),
});

export const vpcPeeringSpec = object(
  {
    permit: list(map(peeringSide), 'Pairs of VPC name to the part of it that is peered', { minItems: 1, maxItems: 10 }),
    remote: until('26.01', str('Deprecated: peering on a third switch; no longer supported')),
  },
  { description: 'Desired state of the VPCPeering' },
);
