import { describe, expect, it } from 'vitest';
import { RULES, changesImmutable, checkReferences, checkRules, claimLookupOf, claimsOf, findClashes, findingsMovedBy, normalise, rulesFor } from '../src/index.ts';
import type { JsonObject, NormalisedObject, Rule, RuleExample } from '../src/index.ts';
import { contextOf, make, objectOf } from './rule-examples.ts';

/** What an example of one rule cannot help breaking as well. */
const UNAVOIDABLE: Record<string, string> = { 'connection-static-external': 'connection-old-type', 'vlan-namespace-ranges': 'vlan-namespace-silicon' };

const brokenBy = (rule: Rule, example: RuleExample): string[] =>
  [...new Set(checkRules(objectOf(rule, example), contextOf(rule, example)).map((finding) => finding.rule))].filter((id) => id !== UNAVOIDABLE[rule.id]);

describe('rules', () => {
  it('have ids of their own and speak in sentences', () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
    for (const rule of RULES) {
      expect(rule.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(rule.text.length, rule.id).toBeGreaterThan(10);
      expect(rule.remedy.length, rule.id).toBeGreaterThan(5);
      expect(rule.good.length * rule.bad.length, rule.id).toBeGreaterThan(0);
    }
  });

  for (const rule of RULES) {
    it(`${rule.id} tells good from bad`, () => {
      for (const example of rule.good) expect(rule.check(objectOf(rule, example), contextOf(rule, example))).toEqual([]);
      for (const example of rule.bad) {
        const hits = rule.check(objectOf(rule, example), contextOf(rule, example));
        expect(hits.length, JSON.stringify(example)).toBeGreaterThan(0);
        for (const hit of hits) {
          expect(hit.field).toMatch(/^(spec|metadata)/);
          expect(hit.message).not.toMatch(/undefined|\[object|NaN/);
        }
      }
    });
  }

  it('fire on their own bad examples only', () => {
    const wrong = RULES.flatMap((rule) => [
      ...rule.good.map((example, at) => ({ at: `${rule.id} good ${at}`, broken: brokenBy(rule, example), wanted: '' })),
      ...rule.bad.map((example, at) => ({ at: `${rule.id} bad ${at}`, broken: brokenBy(rule, example), wanted: rule.id })),
    ]).filter(({ broken, wanted }) => broken.join() !== wanted);
    expect(wrong).toEqual([]);
  });

  it('say which findings move with what else', () => {
    expect(findingsMovedBy('Gateway')).toEqual([{ through: 'GatewayGroup', kind: 'Gateway', onlyChanging: false }]);
    expect(findingsMovedBy('GatewayPeering')).toEqual([{ through: 'VPC', kind: 'GatewayPeering', onlyChanging: false }, { through: 'VPC', kind: 'VPC', onlyChanging: true }]);
    expect(findingsMovedBy('Server')).toEqual([]);
  });

  it('tell of all referrers that they look at', () => {
    // Otherwise their findings would outlive what they are about.
    const unsaid = RULES.filter((rule) => [...rule.good, ...rule.bad].some((example) => {
      let looked = false;
      const context = contextOf(rule, example);
      rule.check(objectOf(rule, example), { ...context, lookup: { ...context.lookup!, referrers: () => { looked = true; return []; } } });
      return looked && !rule.reads;
    }));
    expect(unsaid.map(({ id }) => id)).toEqual([]);
  });

  it('hold for every managed kind that has fields', () => {
    for (const kind of ['VPC', 'Switch', 'Connection', 'GatewayPeering', 'Server']) expect(rulesFor(kind).length, kind).toBeGreaterThan(1);
    expect(rulesFor('Agent')).toEqual([]);
  });

  it('make findings that name object, field and remedy', () => {
    const vpc = normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1' }, spec: { subnets: { a: { subnet: '10.0.1.0/24' } } } });
    expect(checkRules(vpc)).toEqual([
      { rule: 'vpc-vlan-required', severity: 'error', message: 'There is no VLAN', remedy: 'Set vlan to one from the VLANNamespace', field: 'spec.subnets.a.vlan', kind: 'VPC', name: 'vpc-1' },
    ]);
  });
});

describe('findClashes', () => {
  const vpc = (name: string, subnet: string, vlan: number, more: JsonObject = {}): NormalisedObject => make('VPC', name, { subnets: { a: { subnet, vlan } }, ...more });
  const leaf = (name: string, redundancy?: JsonObject): NormalisedObject =>
    make('Switch', name, { role: 'server-leaf', asn: 65101, vtepIP: '172.30.12.0/32', protocolIP: `172.30.8.${name.slice(-1)}/32`, ...(redundancy ? { redundancy } : {}) });
  const cable = (name: string, port: string): NormalisedObject => make('Connection', name, { unbundled: { link: { server: { port: `${name}/e1` }, switch: { port } } } });
  const attach = (name: string, subnet: string, nativeVLAN = false): NormalisedObject => make('VPCAttachment', name, { subnet, connection: 'c-1', nativeVLAN });
  const clashes = (...objects: NormalisedObject[]): string[] => objects.flatMap((object) => findClashes(object, claimLookupOf(objects)).map((finding) => `${finding.name} ${finding.rule}`));

  it('finds one VLAN and overlapping subnets in two VPCs', () => {
    expect(clashes(vpc('a', '10.0.0.0/16', 7), vpc('b', '10.0.3.0/24', 7))).toEqual(['a clash-subnet', 'a clash-vlan', 'b clash-subnet', 'b clash-vlan']);
  });

  it('lets VPCs of different namespaces alone', () => {
    expect(clashes(vpc('a', '10.0.0.0/16', 7), vpc('b', '10.0.3.0/24', 7, { ipv4Namespace: 'other', vlanNamespace: 'other' }))).toEqual([]);
  });

  it('finds a port in two connections under its alias', () => {
    expect(clashes(cable('c-1', 'leaf-1/E1/5'), cable('c-2', 'leaf-1/E1/5/1'))).toEqual(['c-1 clash-port', 'c-2 clash-port']);
    expect(clashes(cable('c-1', 'leaf-1/E1/5'), cable('c-2', 'leaf-1/E1/5/2'))).toEqual([]);
  });

  it('finds one ASN and tunnel address on two leaves', () => {
    expect(clashes(leaf('leaf-1'), leaf('leaf-2'))).toEqual(['leaf-1 clash-asn', 'leaf-1 clash-vtep-ip', 'leaf-2 clash-asn', 'leaf-2 clash-vtep-ip']);
  });

  it('lets the two switches of an MCLAG group share', () => {
    const group = { group: 'm', type: 'mclag' };
    expect(clashes(leaf('leaf-1', group), leaf('leaf-2', group))).toEqual([]);
  });

  it('finds a second attachment and a second native VLAN', () => {
    expect(clashes(attach('x', 'vpc-1/a'), attach('y', 'vpc-1/a'))).toEqual(['x clash-attachment', 'y clash-attachment']);
    expect(clashes(attach('x', 'vpc-1/a', true), attach('y', 'vpc-2/a', true))).toEqual(['x clash-native-vlan', 'y clash-native-vlan']);
  });

  it('warns of a pair that is peered twice', () => {
    const fabric = make('VPCPeering', 'p', { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] });
    const gateway = make('GatewayPeering', 'g', { peering: { 'vpc-2': {}, 'vpc-1': {} } });
    expect(findClashes(fabric, claimLookupOf([fabric, gateway]))).toMatchObject([{ rule: 'clash-peering', severity: 'warning', message: 'vpc-1 and vpc-2 are peered by GatewayPeering g, too' }]);
  });

  it('only warns of what a dropped object still holds', () => {
    const [one] = findClashes(vpc('b', '10.0.1.0/24', 7), () => [{ claim: { space: 'vlan:default', field: 'spec.subnets.a.vlan', value: '7' }, by: { kind: 'VPC', name: 'a', leaving: true } }]).filter(({ rule }) => rule === 'clash-vlan');
    expect(one).toMatchObject({ severity: 'warning', message: 'VLAN 7 of VLANNamespace default is used by VPC a, which Git no longer has, too', remedy: 'It is free when VPC a is deleted: sync with prune' });
  });

  it('never compares an object with itself', () => {
    const one = vpc('a', '10.0.0.0/16', 7);
    expect(claimsOf(one)).toHaveLength(2);
    expect(clashes(one)).toEqual([]);
  });
});

describe('checkReferences', () => {
  const attachment = make('VPCAttachment', 'at-1', { subnet: 'vpc-1/default', connection: 'c-1' });

  it('tells what is missing from what Git dropped', () => {
    expect(checkReferences(attachment, (kind) => kind !== 'Connection', (kind) => kind === 'VPC')).toMatchObject([
      { rule: 'reference-dropped', severity: 'error', field: 'spec.subnet', message: 'VPC vpc-1 is no longer in Git, and is still named here' },
      { rule: 'reference-missing', field: 'spec.connection' },
    ]);
  });

  it('says nothing of what stays', () => {
    expect(checkReferences(attachment, () => true, () => false)).toEqual([]);
  });
});

describe('changesImmutable', () => {
  const cable = (spec: JsonObject): NormalisedObject => normalise({ apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'Connection', metadata: { name: 'c' }, spec });
  const link = { server: { port: 's/e1' }, switch: { port: 'leaf-1/E1/1' } };

  it('sees another type of a connection', () => {
    expect(changesImmutable(cable({ unbundled: { link } }), cable({ bundled: { links: [link] } })).map((field) => field.path)).toEqual(['spec.unbundled', 'spec.bundled']);
  });

  it('lets links change', () => {
    expect(changesImmutable(cable({ unbundled: { link } }), cable({ unbundled: { link: { ...link, switch: { port: 'leaf-1/E1/2' } } } }))).toEqual([]);
  });

  it('sees another VPC of a static external', () => {
    const within = (withinVPC: string): NormalisedObject => cable({ staticExternal: { link: { switch: { port: 'leaf-1/E1/1' } }, withinVPC } });
    expect(changesImmutable(within('a'), within('b')).map((field) => field.path)).toEqual(['spec.staticExternal.withinVPC']);
  });
});
