import { contains, parseAddress, parseCidr } from '../net/ipv4.ts';
import { isSwitchPortName } from '../net/device-port.ts';
import { parseMac } from '../net/mac.ts';
import type { JsonObject } from '../resource-object.ts';
import { fieldPath } from '../field-path.ts';
import { numberAt, objectAt, textAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleExample, RuleHit } from './rule.ts';

const leaf = { role: 'server-leaf', profile: 'vs', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', boot: { mac: '0c:20:12:ff:00:00' } };
const spine = { ...leaf, role: 'spine', asn: 65100, vtepIP: '' };
const example = (spec: JsonObject): RuleExample => ({ name: 'leaf-1', spec });

export const switchRules: readonly Rule[] = [
  {
    id: 'switch-hydrated',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A switch has a profile, an ASN, a management address and a protocol address',
    remedy: 'Give the field, or let hhfab hydrate the wiring first',
    check: ({ spec }) => [
      ...['profile', 'ip', 'protocolIP'].flatMap((field) => hitIf(textAt(spec, field) === undefined, `spec.${field}`, `There is no ${field}`)),
      ...hitIf(!numberAt(spec, 'asn'), 'spec.asn', 'There is no asn'),
    ],
    good: [example(leaf)],
    bad: [example({ role: 'server-leaf', profile: 'vs', vtepIP: '172.30.12.0/32' })],
  },
  {
    id: 'switch-role',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A switch is a spine, server-leaf, border-leaf or mixed-leaf; virtual-edge is not supported any more',
    remedy: 'Use another role',
    check: ({ spec }) => hitIf(spec.role === 'virtual-edge', 'spec.role', 'virtual-edge is not supported'),
    good: [example(leaf)],
    bad: [example({ ...leaf, role: 'virtual-edge' })],
  },
  {
    id: 'switch-vtep',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A leaf has a tunnel address, a /32 of the VTEP subnet; a spine has none',
    remedy: 'Set vtepIP on leaves, remove it on spines',
    check: ({ spec }, { settings }) => {
      const vtep = textAt(spec, 'vtepIP');
      if (spec.role === 'spine') return hitIf(vtep !== undefined, 'spec.vtepIP', 'A spine has no tunnel address');
      return vtep === undefined ? [{ field: 'spec.vtepIP', message: 'A leaf needs a tunnel address' }] : hostRouteHits(vtep, 'spec.vtepIP', settings.vtepSubnet);
    },
    good: [example(leaf), example(spine)],
    bad: [example({ ...leaf, vtepIP: '' }), example({ ...spine, vtepIP: '172.30.12.0/32' }), example({ ...leaf, vtepIP: '172.30.12.0/31' }), example({ ...leaf, vtepIP: '10.0.0.1/32' })],
  },
  {
    id: 'switch-protocol-ip',
    kinds: ['Switch'],
    severity: 'error',
    text: 'The protocol address is a /32 of the protocol subnet',
    remedy: 'Use a free address of the protocol subnet with /32',
    check: ({ spec }, { settings }) => {
      const address = textAt(spec, 'protocolIP');
      return address === undefined ? [] : hostRouteHits(address, 'spec.protocolIP', settings.protocolSubnet);
    },
    good: [example(leaf)],
    bad: [example({ ...leaf, protocolIP: '172.30.8.2' }), example({ ...leaf, protocolIP: '10.0.0.1/32' })],
  },
  {
    id: 'switch-management-ip',
    kinds: ['Switch'],
    severity: 'error',
    text: 'The management address lies in the management subnet, below its DHCP range, and is not the control address',
    remedy: 'Use a free address below the DHCP range, with the prefix length of the management subnet',
    check: ({ spec }, { settings }) => {
      const text = textAt(spec, 'ip');
      const cidr = parseCidr(text);
      const subnet = parseCidr(settings.managementSubnet);
      if (text === undefined || !subnet) return [];
      if (!cidr || !contains(subnet, cidr.address) || cidr.prefix !== subnet.prefix) return [{ field: 'spec.ip', message: `${text} is not of ${settings.managementSubnet}` }];
      const leased = cidr.address >= (parseAddress(settings.managementDhcpStart) ?? Number.POSITIVE_INFINITY);
      const control = cidr.address === parseCidr(settings.controlVip)?.address;
      return [...hitIf(leased, 'spec.ip', `${text} lies in the DHCP range, from ${settings.managementDhcpStart}`), ...hitIf(control, 'spec.ip', `${text} is the control address`)];
    },
    good: [example(leaf)],
    bad: [example({ ...leaf, ip: '10.0.0.8/21' }), example({ ...leaf, ip: '172.30.4.1/21' }), example({ ...leaf, ip: '172.30.0.1/21' }), example({ ...leaf, ip: '172.30.0.8' })],
  },
  {
    id: 'switch-asn',
    kinds: ['Switch'],
    severity: 'error',
    text: "Spines have the fabric's spine ASN, leaves one of the leaf ASNs",
    remedy: 'Use 65100 for spines and 65101 to 65533 for leaves, unless the fabric is configured otherwise',
    check: ({ spec }, { settings }) => {
      const asn = numberAt(spec, 'asn');
      const [least, most] = settings.leafAsns;
      if (!asn) return [];
      return spec.role === 'spine'
        ? hitIf(asn !== settings.spineAsn, 'spec.asn', `${asn} is not the spine ASN ${settings.spineAsn}`)
        : hitIf(asn < least || asn > most, 'spec.asn', `${asn} is not a leaf ASN (${least}-${most})`);
    },
    good: [example(leaf), example(spine)],
    bad: [example({ ...leaf, asn: 65100 }), example({ ...spine, asn: 65101 })],
  },
  {
    id: 'switch-redundancy',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A redundancy group has a type, and a type a group',
    remedy: 'Set both or neither',
    check: ({ spec }) => {
      const group = textAt(spec, 'redundancy', 'group');
      const type = textAt(spec, 'redundancy', 'type');
      return hitIf((group === undefined) !== (type === undefined), 'spec.redundancy', group ? `Group ${group} has no type` : `Type ${type} has no group`);
    },
    good: [example({ ...leaf, redundancy: { group: 'eslag-1', type: 'eslag' } })],
    bad: [example({ ...leaf, redundancy: { group: 'eslag-1' } }), example({ ...leaf, redundancy: { type: 'eslag' } })],
  },
  {
    id: 'switch-boot',
    kinds: ['Switch'],
    severity: 'error',
    text: 'A MAC address for booting is one',
    remedy: 'Write six bytes with colons, as on the label of the management port',
    check: ({ spec }) => {
      const mac = textAt(spec, 'boot', 'mac');
      return hitIf(mac !== undefined && parseMac(mac) === undefined, 'spec.boot.mac', `${mac} is no MAC address`);
    },
    good: [example(leaf)],
    bad: [example({ ...leaf, boot: { mac: '0c:20:12' } })],
  },
  {
    id: 'switch-port-names',
    kinds: ['Switch'],
    severity: 'error',
    text: 'Port settings name ports as E1/N or E1/N/B, breakouts as E1/N',
    remedy: 'Use the names of the switch profile',
    check: ({ spec }) =>
      ['portSpeeds', 'portBreakouts', 'portAutoNegs', 'portFECs'].flatMap((field) =>
        Object.keys(objectAt(spec, field) ?? {}).flatMap((port) => {
          const lane = field === 'portBreakouts' && port.split('/').length > 2;
          return hitIf(!isSwitchPortName(port) || lane, fieldPath('spec', field, port), `${port} is no port${lane ? ' that can be broken out' : ''}`);
        }),
      ),
    good: [example({ ...leaf, portSpeeds: { 'E1/1/2': '25G' }, portBreakouts: { 'E1/55': '4x25G' } })],
    bad: [example({ ...leaf, portSpeeds: { Ethernet0: '25G' } }), example({ ...leaf, portBreakouts: { 'E1/55/1': '4x25G' } })],
  },
];

/** A /32 that lies in the subnet. */
function hostRouteHits(text: string, field: string, subnetText: string): RuleHit[] {
  const cidr = parseCidr(text);
  const subnet = parseCidr(subnetText);
  if (cidr?.prefix !== 32) return [{ field, message: `${text} is no /32` }];
  return hitIf(subnet !== undefined && !contains(subnet, cidr.address), field, `${text} is not of ${subnetText}`);
}
