import { fieldPath } from '../field-path.ts';
import { parseAddress, parseCidr } from '../net/ipv4.ts';
import { isMulticastMac, parseMac } from '../net/mac.ts';
import type { JsonObject } from '../resource-object.ts';
import { entriesAt, listAt, numberAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample } from './rule.ts';

const INTERFACE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,8}[A-Za-z0-9]$/;
const PCI_ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i;
const MOST_WORKERS = 64;

const port = { enp2s1: { ips: ['172.30.128.1/31'] } };
const gateway: JsonObject = {
  asn: 65534,
  protocolIP: '172.30.8.3/32',
  vtepIP: '172.30.12.3/32',
  vtepMAC: '02:00:00:00:01:02',
  interfaces: port,
  neighbors: [{ asn: 65101, ip: '172.30.128.0' }],
};
const example = (change: JsonObject): RuleExample => ({ name: 'gateway-1', spec: { ...gateway, ...change } });

export const gatewayRules: readonly Rule[] = [
  {
    id: 'gateway-addresses',
    kinds: ['Gateway'],
    severity: 'error',
    text: 'A gateway has an ASN and IPv4 /32s as protocol and tunnel address',
    remedy: 'Give the field, addresses with /32',
    check: ({ spec }) => [
      ...['protocolIP', 'vtepIP'].flatMap((field) => hitIf(parseCidr(textAt(spec, field))?.prefix !== 32, `spec.${field}`, `${textAt(spec, field) ?? 'Nothing'} is no IPv4 /32`)),
      ...hitIf(!numberAt(spec, 'asn'), 'spec.asn', 'There is no asn'),
    ],
    good: [example({})],
    bad: [example({ vtepIP: '172.30.12.3' }), example({ protocolIP: '172.30.8.3/31' }), example({ asn: 0 })],
  },
  {
    id: 'gateway-mac',
    kinds: ['Gateway'],
    severity: 'error',
    text: 'The tunnel MAC address of a gateway is a unicast address and not zero',
    remedy: 'Use a locally administered address such as 02:00:00:00:00:01',
    check: ({ spec }) => {
      const mac = parseMac(textAt(spec, 'vtepMAC'));
      const wrong = mac === undefined || isMulticastMac(mac) || mac === '00:00:00:00:00:00';
      return hitIf(wrong, 'spec.vtepMAC', `${textAt(spec, 'vtepMAC') ?? 'Nothing'} is no unicast MAC address`);
    },
    good: [example({})],
    bad: [example({ vtepMAC: '' }), example({ vtepMAC: '01:00:5e:00:00:01' }), example({ vtepMAC: '00:00:00:00:00:00' })],
  },
  {
    id: 'gateway-interfaces',
    kinds: ['Gateway'],
    severity: 'error',
    text: 'A gateway has interfaces with names of 2 to 10 characters, each with an IPv4 address with prefix length and at most one of pci and kernel',
    remedy: 'Change the interface named',
    check: ({ spec }) => {
      const interfaces = entriesAt(spec, 'interfaces');
      return [
        ...hitIf(interfaces.length === 0, 'spec.interfaces', 'There is no interface'),
        ...interfaces.flatMap(([name, body]) => interfaceHits(name, body)),
      ];
    },
    good: [example({}), example({ interfaces: { enp2s1: { ...port.enp2s1, pci: '0000:02:00.0' } } })],
    bad: [
      example({ interfaces: {} }),
      example({ interfaces: { enp2s1: {} } }),
      example({ interfaces: { 'a-very-long-name': port.enp2s1 } }),
      example({ interfaces: { enp2s1: { ips: ['172.30.128.1'] } } }),
      example({ interfaces: { enp2s1: { ...port.enp2s1, pci: '0000:02:00.0', kernel: 'eth0' } } }),
      example({ interfaces: { enp2s1: { ...port.enp2s1, pci: '2:0' } } }),
    ],
  },
  {
    id: 'gateway-neighbors',
    kinds: ['Gateway'],
    severity: 'error',
    text: 'A gateway has BGP neighbors, each with an IPv4 address and an ASN',
    remedy: 'Give ip and asn of each neighbor',
    check: ({ spec }) => {
      const neighbors = listAt(spec, 'neighbors');
      return [
        ...hitIf(neighbors.length === 0, 'spec.neighbors', 'There is no neighbor'),
        ...neighbors.flatMap((neighbor) => {
          const ip = textAt(neighbor, 'ip') ?? '';
          const at = fieldPath('spec', 'neighbors', { ip, source: textAt(neighbor, 'source') ?? '' });
          return [
            ...hitIf(parseAddress(ip) === undefined, `${at}.ip`, `${ip || 'Nothing'} is no IPv4 address`),
            ...hitIf(!numberAt(neighbor, 'asn'), `${at}.asn`, 'There is no asn'),
          ];
        }),
      ];
    },
    good: [example({})],
    bad: [example({ neighbors: [] }), example({ neighbors: [{ ip: '172.30.128.0' }] }), example({ neighbors: [{ asn: 65101, ip: 'x' }] })],
  },
  {
    id: 'gateway-neighbor-source',
    kinds: ['Gateway'],
    severity: 'warning',
    text: 'The source of a BGP neighbor is an interface of the gateway',
    remedy: 'Name one of the interfaces',
    check: ({ spec }) => {
      const names = new Set(entriesAt(spec, 'interfaces').flatMap(([name, body]) => [name, textAt(body, 'kernel')]));
      return listAt(spec, 'neighbors').flatMap((neighbor) => {
        const source = textAt(neighbor, 'source');
        const field = fieldPath('spec', 'neighbors', { ip: textAt(neighbor, 'ip') ?? '', source: source ?? '' });
        return hitIf(source !== undefined && !names.has(source), `${field}.source`, `There is no interface ${source}`);
      });
    },
    good: [example({ neighbors: [{ asn: 65101, ip: '172.30.128.0', source: 'enp2s1' }] })],
    bad: [example({ neighbors: [{ asn: 65101, ip: '172.30.128.0', source: 'enp9' }] })],
  },
  {
    id: 'gateway-groups',
    kinds: ['Gateway'],
    severity: 'error',
    text: 'A gateway names each of its groups once',
    remedy: 'Remove the second entry, or give its name',
    check: ({ spec }) => {
      const names = listAt(spec, 'groups').map((group) => textAt(group, 'name') ?? '');
      return names.flatMap((name, index) => [
        ...hitIf(name === '', 'spec.groups', 'A group has no name'),
        ...hitIf(name !== '' && names.indexOf(name) !== index, fieldPath('spec', 'groups', { name }), `Group ${name} stands twice`),
      ]);
    },
    good: [example({ groups: [{ name: 'a', priority: 1 }] })],
    bad: [example({ groups: [{ name: 'a' }, { name: 'a', priority: 1 }] }), example({ groups: [{ priority: 1 }] })],
  },
  {
    id: 'gateway-workers',
    kinds: ['Gateway'],
    severity: 'error',
    text: `A gateway has 1 to ${MOST_WORKERS} workers`,
    remedy: `Use 1 to ${MOST_WORKERS}, or leave it out for 4`,
    check: ({ spec }) => {
      const workers = numberAt(spec, 'workers') ?? 1;
      return hitIf(workers < 1 || workers > MOST_WORKERS, 'spec.workers', `${workers} workers are not possible`);
    },
    good: [example({ workers: 8 })],
    bad: [example({ workers: 65 })],
  },
];

function interfaceHits(name: string, body: JsonObject) {
  const at = fieldPath('spec', 'interfaces', name);
  const ips = textsAt(body, 'ips');
  const pci = textAt(body, 'pci');
  const kernel = textAt(body, 'kernel');
  return [
    ...hitIf(!INTERFACE_NAME.test(name), at, `${name} is no name of 2 to 10 characters`),
    ...hitIf(ips.length === 0, `${at}.ips`, 'There is no address'),
    ...ips.flatMap((ip) => hitIf(!parseCidr(ip), `${at}.ips`, `${ip} is no IPv4 address with prefix length`)),
    ...hitIf(pci !== undefined && kernel !== undefined, `${at}.pci`, 'pci and kernel are both set'),
    ...hitIf(pci !== undefined && !PCI_ADDRESS.test(pci), `${at}.pci`, `${pci} is no PCI address`),
  ];
}
