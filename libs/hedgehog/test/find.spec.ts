import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf, countFree, freeNumbers, freePorts, freeSubnets, parseWhere } from '../src/index.ts';
import { make } from './rule-examples.ts';

const range = (most: number) => fc.tuple(fc.nat(most), fc.nat(most)).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const ranges = fc.array(range(80), { maxLength: 4 });
const holds = (within: readonly { first: number; last: number }[], number: number) => within.some(({ first, last }) => number >= first && number <= last);
const BASE = 10 * 2 ** 24;
const network = fc.record({ at: fc.nat(255), length: fc.integer({ min: 24, max: 32 }) }).map(({ at, length }) => {
  const size = 2 ** (32 - length);
  const first = BASE + Math.floor(at / size) * size;
  return { first, last: first + size - 1 };
});

describe('freeNumbers', () => {
  it('gives the lowest that are in a range and not taken', () => {
    fc.assert(fc.property(ranges, fc.array(fc.nat(80)), fc.nat(100), (within, taken, count) => {
      const all = Array.from({ length: 81 }, (_, number) => number).filter((number) => holds(within, number) && !taken.includes(number));
      expect(freeNumbers(within, taken, count)).toEqual(all.slice(0, count));
      expect(countFree(within, taken)).toBe(all.length);
    }));
  });
});

describe('freeSubnets', () => {
  it('finds every aligned network that overlaps nothing', () => {
    fc.assert(fc.property(fc.array(network, { maxLength: 3 }), fc.array(network, { maxLength: 6 }), fc.integer({ min: 25, max: 31 }), (pools, taken, length) => {
      const size = 2 ** (32 - length);
      const fits = (first: number) => pools.some((pool) => pool.first <= first && first + size - 1 <= pool.last) && !taken.some((other) => other.first <= first + size - 1 && first <= other.last);
      const all = Array.from({ length: 256 / size }, (_, at) => BASE + at * size).filter(fits).map((first) => `10.0.0.${first - BASE}/${length}`);
      expect(freeSubnets(pools, taken, length, 1_000)).toEqual(all);
    }));
  });

  it('stops at the number asked for', () => {
    expect(freeSubnets([{ first: BASE, last: BASE + 2 ** 24 - 1 }], [{ first: BASE, last: BASE + 255 }], 24, 2)).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
  });
});

describe('freePorts', () => {
  const profile = {
    portProfiles: { QSFP: { breakout: { default: '1x100G', supported: { '1x100G': { offsets: ['0'] }, '4x25G': { offsets: ['0', '1', '2', '3'] } } } } },
    ports: { M1: { management: true }, 'E1/10': { profile: 'QSFP' }, 'E1/2': { profile: 'QSFP' }, 'E1/1': { profile: 'QSFP' } },
  };

  it('counts breakouts, aliases and the front panel', () => {
    expect(freePorts({}, profile, ['E1/1/1'])).toEqual(['E1/2', 'E1/10']);
    expect(freePorts({ portBreakouts: { 'E1/2': '4x25G' } }, profile, ['E1/2/2'])).toEqual(['E1/1', 'E1/2/1', 'E1/2/3', 'E1/2/4', 'E1/10']);
  });
});

describe('parseWhere', () => {
  it.each([
    ['10.0.1.5', 'address', '10.0.1.5'], ['10.0.1.5/32', 'address', '10.0.1.5'], ['10.0.1.5/24', 'subnet', '10.0.1.0/24'], ['AA-BB-CC-DD-EE-01', 'mac', 'aa:bb:cc:dd:ee:01'],
    ['leaf-1/E1/5/1', 'port', 'leaf-1/E1/5'], ['s-1/enp2s1', 'port', 's-1/enp2s1'], ['1001', 'number', '1001'], ['vlan:1001', 'vlan', '1001'], ['ASN:65101', 'asn', '65101'], ['vni:200', 'vni', '200'], ['vpc-1', 'name', 'vpc-1'],
  ])('takes %s for %s', (given, sort, text) => {
    expect(parseWhere(given)).toMatchObject({ sort, text });
  });

  it('looks for no VLAN where there can be none', () => {
    expect(parseWhere('65101')).toMatchObject({ values: ['leaf-asn', 'spine-asn', 'gateway-asn', 'neighbor-asn'], vni: 65101 });
    expect(parseWhere('65101').ranges).toBeUndefined();
  });
});

describe('claims', () => {
  it('tell where addresses, VLANs and numbers stand', () => {
    const found = (kind: string, spec: Parameters<typeof make>[2]) => claimsOf(make(kind, 'x', spec)).map((claim) => `${claim.space} ${'value' in claim ? claim.value : claim.text}`);
    expect(found('VPC', { subnets: { a: { subnet: '10.0.1.0/24', vlan: 7, dhcp: { enable: true, static: { 'AA:BB:CC:DD:EE:01': { ip: '10.0.1.5' } } } } } }))
      .toEqual(['subnet:default 10.0.1.0/24', 'lease-mac aa:bb:cc:dd:ee:01', 'lease-ip:default 10.0.1.5', 'vlan:default 7']);
    expect(found('VLANNamespace', { ranges: [{ from: 10, to: 20 }] })).toEqual(['vlan-range 10-20']);
    expect(found('IPv4Namespace', { subnets: ['10.0.0.0/16'] })).toEqual(['pool 10.0.0.0/16']);
    expect(found('External', { static: { prefixes: ['0.0.0.0/0'] } })).toEqual(['external-prefix 0.0.0.0/0']);
    expect(found('ExternalAttachment', { external: 'e', connection: 'c', switch: { ip: '100.1.0.1/24', vlan: 5 }, neighbor: { asn: 65102, ip: '100.1.0.2' } }))
      .toEqual(['external-vlan:c 5', 'neighbor-asn 65102', 'external-ip 100.1.0.1', 'external-ip 100.1.0.2']);
    expect(found('Switch', { role: 'spine', asn: 65100 })).toEqual(['spine-asn 65100']);
    expect(found('Gateway', { asn: 65534, interfaces: { e1: { ips: ['172.30.128.1/31'] } } })).toEqual(['gateway-asn 65534', 'interface-ip 172.30.128.1']);
  });
});
