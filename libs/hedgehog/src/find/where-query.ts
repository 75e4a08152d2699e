import { foldPortAlias, isSwitchPortName, parseDevicePort } from '../net/device-port.ts';
import { formatAddress, formatCidr, parseAddress, parseCidr } from '../net/ipv4.ts';
import { parseMac } from '../net/mac.ts';

/** What a person looks for, and in which claims it can stand. */
export interface WhereQuery {
  readonly sort: 'address' | 'subnet' | 'vlan' | 'asn' | 'vni' | 'number' | 'mac' | 'port' | 'name';
  /** As it is searched for: without aliases, host bits and upper case. */
  readonly text: string;
  /** Sorts of claims whose value equals `text`. */
  readonly values: readonly string[];
  /** Sorts of claims whose range overlaps this one. */
  readonly ranges?: { readonly sorts: readonly string[]; readonly first: number; readonly last: number };
  /** Port claims that begin so: the lanes of a port, the ports of a device. */
  readonly portsOf?: string;
  /** VNIs stand in no object of Git's: only in Hedgehog's Catalog. */
  readonly vni?: number;
}

const ADDRESSES = ['link-ip', 'management-ip', 'protocol-ip', 'vtep-ip', 'external-ip', 'interface-ip', 'lease-ip'];
const ADDRESS_RANGES = ['subnet', 'pool', 'external-prefix'];
const VLANS = ['vlan', 'external-vlan'];
const VLAN_RANGES = ['vlan-range'];
const ASNS = ['leaf-asn', 'spine-asn', 'gateway-asn', 'neighbor-asn'];
const MACS = ['vtep-mac', 'boot-mac', 'lease-mac'];
const MOST_VLAN = 4094;

/**
 * Tells what a text is: an IPv4 address, a subnet, a MAC address, `device/port`, a number (a VLAN, an ASN and a VNI at
 * once, or one of them as `vlan:100`, `asn:65101`, `vni:100`), else the name of an object.
 */
export function parseWhere(given: string): WhereQuery {
  const text = given.trim();
  const address = parseAddress(text);
  if (address !== undefined) return { sort: 'address', text, values: ADDRESSES, ranges: { sorts: ADDRESS_RANGES, first: address, last: address } };
  const cidr = parseCidr(text);
  if (cidr) {
    const ranges = { sorts: ADDRESS_RANGES, first: cidr.first, last: cidr.last };
    return cidr.prefix === 32 ? { sort: 'address', text: formatAddress(cidr.address), values: ADDRESSES, ranges } : { sort: 'subnet', text: formatCidr(cidr), values: [], ranges };
  }
  const mac = parseMac(text);
  if (mac !== undefined) return { sort: 'mac', text: mac, values: MACS };
  return parseNumber(text) ?? parsePort(text) ?? { sort: 'name', text, values: [], portsOf: `${text}/` };
}

function parseNumber(text: string): WhereQuery | undefined {
  const [, sort = 'number', digits = ''] = /^(?:(vlan|asn|vni):)?(\d{1,10})$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const number = Number(digits);
  const wanted = sort.toLowerCase() as 'vlan' | 'asn' | 'vni' | 'number';
  const isVlan = (wanted === 'vlan' || wanted === 'number') && number >= 1 && number <= MOST_VLAN;
  return {
    sort: wanted, text: String(number),
    values: [...(isVlan ? VLANS : []), ...(wanted === 'asn' || wanted === 'number' ? ASNS : [])],
    ...(isVlan && { ranges: { sorts: VLAN_RANGES, first: number, last: number } }),
    ...((wanted === 'vni' || wanted === 'number') && { vni: number }),
  };
}

function parsePort(text: string): WhereQuery | undefined {
  const parsed = parseDevicePort(text);
  if (!parsed) return undefined;
  const port = isSwitchPortName(parsed.port) ? foldPortAlias(parsed.port) : parsed.port;
  const name = `${parsed.device}/${port}`;
  return { sort: 'port', text: name, values: ['port'], portsOf: `${name}/` };
}
