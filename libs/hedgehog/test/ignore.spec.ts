import type { IgnoreRule } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, diffNormalised, ignoreFault, keepLive, normalise, pathTokens, toApply, withoutIgnored } from '../src/index.ts';
import type { JsonObject, NormalisedObject, ResourceObject } from '../src/index.ts';
import { anyObject, objectsOfOneKind } from './generated-objects.ts';

const vpc = (spec: JsonObject, metadata: object = {}): ResourceObject => ({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1', ...metadata }, spec });
const acl = (...statements: JsonObject[]): NormalisedObject => normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'ExternalAttachment', metadata: { name: 'a' }, spec: { external: 'e', connection: 'c', inboundACL: { statements } } });
const subnet = (n: number, more: JsonObject = {}): JsonObject => ({ subnet: `10.0.${n}.0/24`, vlan: 1000 + n, ...more });
const without = (object: ResourceObject, ...rules: IgnoreRule[]): JsonObject => withoutIgnored(normalise(object), rules).spec;

describe('withoutIgnored', () => {
  it('hides every difference of an ignored path, and none else', () => {
    fc.assert(fc.property(objectsOfOneKind(2), ([one, other]) => {
      const [a, b] = [normalise(one!), normalise(other!)];
      // Entries of one key are named together.
      const pathsOf = (one: NormalisedObject, two: NormalisedObject) => [...new Set(diffNormalised(one, two).map(({ path }) => path.replaceAll(/,#=\d+/g, '')))];
      const rules = pathsOf(a, b).map((path): IgnoreRule => ({ path }));
      expect(diffNormalised(withoutIgnored(a, rules), withoutIgnored(b, rules))).toEqual([]);
      const [first, ...rest] = rules;
      if (!first) return;
      const left = pathsOf(withoutIgnored(a, rest), withoutIgnored(b, rest));
      expect(left.every((path) => path.startsWith(first.path) || first.path.startsWith(path)), left.join(' ')).toBe(true);
    }), { numRuns: 300 });
  });

  it('is idempotent, and the very object when it ignores nothing', () => {
    const rules: IgnoreRule[] = [{ path: 'spec.subnets.*.vlan' }, { path: 'metadata.labels' }, { path: 'spec.links[*].mtu' }, { path: 'spec.portSpeeds.*' }];
    fc.assert(fc.property(anyObject, (written) => {
      const object = normalise(written);
      const once = withoutIgnored(object, rules);
      expect(withoutIgnored(once, rules)).toBe(once);
      expect(withoutIgnored(object, [])).toBe(object);
      expect(withoutIgnored(object, [{ path: 'spec.subnets', name: 'another' }])).toBe(object);
    }), { numRuns: 200 });
  });

  it('drops what held nothing but ignored fields', () => {
    const dhcp = { enable: true, options: { interfaceMTU: 1500, leaseTimeSeconds: 1 } };
    const spec = without(vpc({ subnets: { a: subnet(1, { dhcp }) } }), { path: 'spec.subnets.a.dhcp.*' });
    expect(spec).toEqual(without(vpc({ subnets: { a: subnet(1) } })));
    // An entry of a map is one, however empty.
    expect(without(vpc({ subnets: { a: subnet(1) } }), { path: 'spec.subnets.a.*' }).subnets).toEqual({ a: {} });
  });

  it('finds list entries by their keys', () => {
    const entry = (seq: number, action: string): JsonObject => ({ seq, action, protocol: 'ip', srcPrefix: 'any', dstPrefix: 'any' });
    const rule: IgnoreRule = { kind: 'ExternalAttachment', path: 'spec.inboundACL.statements[seq=20].action' };
    const changed = (a: string, b: string) => withoutIgnored(acl(entry(20, b), entry(10, a)), [rule]);
    expect(contentHash(changed('permit', 'deny'))).toBe(contentHash(changed('permit', 'permit')));
    expect(contentHash(changed('deny', 'deny'))).not.toBe(contentHash(changed('permit', 'deny')));
  });

  it('asks who wrote the field where a rule names managers', () => {
    const object = normalise(vpc({ subnets: { a: subnet(1), b: subnet(2) } }));
    const rules: IgnoreRule[] = [{ path: 'spec.subnets.*.vlan', managers: ['ipam'] }];
    expect(withoutIgnored(object, rules)).toBe(object);
    const left = withoutIgnored(object, rules, (path, managers) => path === 'spec.subnets.b.vlan' && managers.includes('ipam')).spec as { subnets: Record<string, JsonObject> };
    expect([left.subnets.a!.vlan, left.subnets.b!.vlan]).toEqual([1001, undefined]);
  });
});

describe('ignoreFault', () => {
  it.each<[IgnoreRule, RegExp | null]>([
    [{ kind: 'VPC', path: 'spec.subnets.*.dhcp.options' }, null],
    [{ path: 'spec.subnets.*.vlan' }, null],
    [{ path: 'metadata.annotations[example.com/note]' }, null],
    [{ kind: 'Connection', path: 'spec.fabric.links[spine.port=s1/E1/1,leaf.port=l1/E1/9].leaf.ip' }, null],
    [{ kind: 'Switch', path: 'spec.portSpeeds[E1/1]' }, null],
    [{ kind: 'GatewayPeering', path: 'spec.acl.rules[0].log' }, null],
    [{ kind: 'Agent', path: 'spec.role' }, /'Agent' is not a kind that Heddle manages/],
    [{ kind: 'VPC', path: 'spec.subnets.*.vlann' }, /has no field 'vlann'; it has subnet, gateway, vlan/],
    [{ path: 'spec.nowhere.x' }, /no kind has a field/],
    [{ kind: 'VPC', path: 'spec' }, /is the whole object/],
    [{ kind: 'VPC', path: 'status.vni' }, /never compared/],
    [{ kind: 'VPC', path: 'metadata.name' }, /never compared/],
    [{ kind: 'VPC', path: 'spec..mode' }, /not a field path/],
    [{ kind: 'VPC', path: 'spec.subnets[a' }, /not a field path/],
    [{ kind: 'VPC', path: 'spec.mode.x' }, /has no fields below it/],
    [{ kind: 'IPv4Namespace', path: 'spec.subnets[0]' }, /compared as a whole/],
    [{ kind: 'VPC', path: 'spec.staticRoutes[0].nextHops' }, /named by prefix, such as/],
  ])('judges %j', (rule, message) => {
    const fault = ignoreFault(rule);
    if (message === null) expect(fault).toBeNull();
    else expect(fault?.message).toMatch(message);
  });
});

describe('keepLive', () => {
  const live = normalise(vpc({ subnets: { a: subnet(1, { vlan: 1999 }) } }, { annotations: { note: 'theirs' } }));
  const git = toApply(vpc({ subnets: { a: subnet(1), b: subnet(2) } }, { annotations: { note: 'ours' } }));
  const rules: IgnoreRule[] = [{ path: 'spec.subnets.*.vlan' }, { path: 'metadata.annotations.note' }];
  const owned = (...paths: string[]) => ({ ownedBy: () => false, ownedByOthers: (path: string) => paths.includes(path) });

  it('leaves out what somebody else owns', () => {
    const body = keepLive(git, live, rules, owned('spec.subnets.a.vlan', 'metadata.annotations.note'));
    expect(body.metadata).toEqual({ name: 'vpc-1', namespace: 'default' });
    expect(body.spec.subnets).toEqual({ a: { subnet: '10.0.1.0/24' }, b: { subnet: '10.0.2.0/24' } });
  });

  it('sends the live value where only Heddle owns the field', () => {
    const body = keepLive(git, live, rules, owned());
    expect(body.metadata.annotations).toEqual({ note: 'theirs' });
    expect((body.spec.subnets as JsonObject).a).toEqual({ subnet: '10.0.1.0/24', vlan: 1999 });
  });

  it('keeps a field alive that Git has no more', () => {
    const spec = keepLive(toApply(vpc({ mode: 'l3vni', subnets: {} })), normalise(vpc({ mode: '', defaultIsolated: true, subnets: { a: subnet(1) } })), [{ path: 'spec.defaultIsolated' }, { path: 'spec.subnets.*.vlan' }], owned()).spec;
    expect(spec).toEqual({ mode: 'l3vni', defaultIsolated: true, subnets: {} });
  });

  it('puts live values into lists, which are owned as one', () => {
    const links = (ip: string): JsonObject => ({ fabric: { links: [{ spine: { port: 's/E1/1', ip }, leaf: { port: 'l/E1/1' } }] } });
    const connection = (ip: string): ResourceObject => ({ apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'Connection', metadata: { name: 'c' }, spec: links(ip) });
    const path = 'spec.fabric.links[*].spine.ip';
    const body = keepLive(toApply(connection('172.30.128.0/31')), normalise(connection('172.30.128.8/31')), [{ path }], { ownedBy: () => true, ownedByOthers: () => true });
    expect(body.spec).toEqual(links('172.30.128.8/31'));
  });

  it('differs from Git in ignored fields only', () => {
    fc.assert(fc.property(objectsOfOneKind(2), fc.boolean(), ([written, there], others) => {
      const rulesOfAll: IgnoreRule[] = [{ path: 'spec.subnets.*.vlan' }, { path: 'metadata.labels.team' }, { path: 'spec.portSpeeds' }, { path: 'spec.description' }, { path: 'spec.gatewayGroup' }];
      const body = keepLive(toApply(written!), normalise(there!), rulesOfAll, { ownedBy: () => true, ownedByOthers: () => others });
      // What is left out altogether is filled in by the webhook again, as in the normal form.
      expect(contentHash(withoutIgnored(normalise(body), rulesOfAll))).toBe(contentHash(withoutIgnored(normalise(written!), rulesOfAll)));
    }), { numRuns: 200 });
  });
});

it('reads paths as they are written', () => {
  expect(pathTokens('spec.portSpeeds[E1/1].x[seq=10]')).toEqual(['spec', 'portSpeeds', 'E1/1', 'x', 'seq=10']);
  expect([pathTokens(''), pathTokens('[10.0.0.0/8].a')]).toEqual([[], ['10.0.0.0/8', 'a']]);
  expect(['.a', 'a.', 'a..b', 'a[b', 'a]b', 'a[b]c'].map(pathTokens)).toEqual(Array.from({ length: 6 }, () => undefined));
});
