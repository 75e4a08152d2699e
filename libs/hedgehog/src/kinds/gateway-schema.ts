import { bool, int, int32, keyedBy, list, map, object, pointer, setOf, str } from '../schema/schema-node.ts';

export const gatewaySpec = object(
  {
    protocolIP: str('BGP router id, a /32'),
    vtepIP: str('VXLAN tunnel address, a /32'),
    vtepMAC: str('VXLAN tunnel MAC address'),
    vtepMTU: int32('MTU of the tunnel, in bytes'),
    asn: int32('BGP ASN'),
    flowTableCapacity: int32('Most flows held'),
    workers: int('Worker threads of the data plane, 1..64; 4 unless set'),
    interfaces: map(
      object({
        ips: setOf(str(), 'Addresses with prefix length'),
        kernel: str('Kernel name of the interface; excludes pci'),
        pci: str('PCI address of the interface; excludes kernel'),
        mtu: int32('MTU, in bytes'),
      }),
      'Interfaces by name',
    ),
    neighbors: keyedBy(
      ['ip', 'source'],
      object({
        ip: str('Address of the neighbor'),
        asn: int32('ASN of the neighbor'),
        source: str('Interface of the session'),
      }),
      'BGP neighbors',
    ),
    groups: keyedBy(
      ['name'],
      object({ name: str('GatewayGroup'), priority: int32('Priority in the group') }),
      'Groups that the gateway serves; default unless set',
    ),
    logs: object(
      {
        default: str('Log level; info unless set'),
        tags: map(str(), 'Log level by tag; all: info unless set'),
        rateLimit: pointer(
          object(
            {
              burst: pointer(int32('Messages let through at once', { minimum: 0 })),
              replenishPerSecond: pointer(int32('Messages per second', { minimum: 0 })),
            },
            { description: 'Limit of log messages' },
          ),
        ),
      },
      { description: 'Logging' },
    ),
    profiling: object({ enabled: bool() }, { description: 'Profiling of the data plane' }),
  },
  { description: 'Desired state of the Gateway' },
);

const exposedIp = object({
  cidr: str('CIDR that is exposed'),
  not: str('CIDR that is left out'),
  vpcSubnet: str('Subnet of the VPC that is exposed'),
});

const nat = pointer(
  object(
    {
      masquerade: pointer(
        object({ idleTimeout: str('Time after which idle flows are forgotten; 2m0s unless set') }, { description: 'Source NAT' }),
      ),
      portForward: pointer(
        object(
          {
            idleTimeout: str('Time after which idle flows are forgotten; 2m0s unless set'),
            ports: list(
              object({
                proto: str('tcp, udp, or empty for both', { enum: ['tcp', 'udp', ''] }),
                port: str('Port or range at the host'),
                as: str('Port or range that peers use'),
              }),
              'Forwarded ports',
            ),
          },
          { description: 'Destination NAT' },
        ),
      ),
      static: pointer(object({}, { description: 'One-to-one NAT' })),
    },
    { description: 'Address translation: exactly one way' },
  ),
);

const expose = object({
  // By position, as `as` is: one-to-one NAT pairs their addresses in order.
  ips: list(exposedIp, 'What is exposed'),
  as: list(object({ cidr: str('CIDR that peers see'), not: str('CIDR that is left out') }), 'How peers see it; only with nat'),
  nat,
  default: bool('Where traffic goes that nothing else matches; stands alone'),
});

const matchEnd = object({
  cidr: str('CIDR; excludes vpcSubnet'),
  vpcSubnet: str('Subnet of the VPC; excludes cidr'),
  ports: setOf(str(), 'Ports or ranges; all unless set'),
});

const aclRule = object(
  {
    name: str('Name in logs'),
    from: str('Side that sends; one of the two'),
    to: str('Side that receives; one of the two'),
    action: str('What is done', { enum: ['deny', 'allow'] }),
    match: object({
      src: list(matchEnd, 'Addresses and ports of the sender'),
      dst: list(matchEnd, 'Addresses and ports of the receiver'),
      proto: str('tcp, udp or a number; any unless set'),
    }),
    scope: str('flow also lets answers through; flow unless set', { enum: ['flow', 'packet', ''] }),
    log: bool(),
  },
  { required: ['action'] },
);

export const gatewayPeeringSpec = object(
  {
    gatewayGroup: str('GatewayGroup that carries the peering; default unless set'),
    peering: map(object({ expose: list(expose, 'What this side exposes') }), 'The two sides: a VPC, or ext. and an External'),
    acl: pointer(
      object(
        {
          default: str('What happens when no rule matches', { enum: ['deny', 'deny-unless-exposed', ''] }),
          rules: list(aclRule, 'Rules, first match wins'),
        },
        { description: 'Filter of the peering', required: ['default'] },
      ),
    ),
  },
  { description: 'Desired state of the GatewayPeering' },
);
