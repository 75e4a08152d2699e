import { bool, int, keyedBy, object, pointer, setOf, str, until } from '../schema/schema-node.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ADDRESS_PATTERN = `^${OCTET}(\\.${OCTET}){3}$`;
const CIDR_PATTERN = `^${OCTET}(\\.${OCTET}){3}/([1-2]?[0-9]|3[0-2])$`;

const portName = str('Port as device/port, such as leaf-01/E1/1');
const port = object({ port: portName });
const addressedPort = object({ port: portName, ip: str('Address of the port with prefix length', { pattern: CIDR_PATTERN }) });

const links = (sides: Record<string, SchemaNode>, description: string, minItems?: number): SchemaNode =>
  keyedBy(
    Object.keys(sides).map((side) => `${side}.port`),
    object(sides),
    description,
    minItems === undefined ? {} : { minItems },
  );

const serverLink = { server: port, switch: port };
const switchLink = { switch1: port, switch2: port };
const mtu = int('MTU of the server-facing port, in bytes');
const fallback = bool('Let one link carry traffic while the server does not speak LACP');

const staticExternalSwitch = object({
  port: portName,
  ip: str('Address of the port with prefix length', { pattern: CIDR_PATTERN }),
  nextHop: str('Next hop of the routes to the subnets', { pattern: ADDRESS_PATTERN }),
  subnets: setOf(str(), 'Subnets routed to the next hop'),
  vlan: int('VLAN of the subinterface; 0 for none'),
});

export const connectionSpec = object(
  {
    unbundled: pointer(object({ link: object(serverLink), mtu }, { description: 'One server port on one switch port' })),
    bundled: pointer(
      object({ links: links(serverLink, 'Links to one switch'), mtu, fallback }, { description: 'Port channel to one switch' }),
    ),
    eslag: pointer(
      object(
        { links: links(serverLink, 'Links to two to four switches', 2), mtu, fallback },
        { description: 'Port channel to several switches of a redundancy group' },
      ),
    ),
    mclag: until('26.01', pointer(
      object({ links: links(serverLink, 'Links to two switches', 2), mtu, fallback }, { description: 'Deprecated: removed in 26.03' }),
    )),
    mclagDomain: until('26.01', pointer(
      object(
        { peerLinks: links(switchLink, 'Peer links', 1), sessionLinks: links(switchLink, 'Session links', 1) },
        { description: 'Deprecated: removed in 26.03' },
      ),
    )),
    fabric: pointer(
      object({ links: links({ spine: addressedPort, leaf: addressedPort }, 'Links', 1) }, { description: 'Spine to leaf' }),
    ),
    mesh: pointer(
      object({ links: links({ leaf1: addressedPort, leaf2: addressedPort }, 'Links', 1) }, { description: 'Leaf to leaf' }),
    ),
    gateway: pointer(
      object({ links: links({ switch: addressedPort, gateway: addressedPort }, 'Links', 1) }, { description: 'Switch to gateway' }),
    ),
    external: pointer(object({ link: object({ switch: port }) }, { description: 'Switch port toward an External' })),
    staticExternal: pointer(
      object(
        {
          link: object({ switch: staticExternalSwitch }),
          withinVPC: str('VPC in which the port stands; the default routing table unless set'),
        },
        { description: 'Switch port toward a device without BGP' },
      ),
    ),
    vpcLoopback: pointer(object({ links: links(switchLink, 'Links', 1) }, { description: 'Obsolete since 25.04' })),
  },
  { description: 'Desired state of the Connection: exactly one type is set' },
);
