import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash } from '../src/canonical-json.ts';
import { diffNormalised } from '../src/diff/diff-normalised.ts';
import { normalise } from '../src/normalise.ts';
import type { JsonObject, ResourceObject } from '../src/resource-object.ts';
import { toApply } from '../src/to-apply.ts';
import { validateSchema } from '../src/validate-schema.ts';
import { anyObject } from './generated-objects.ts';

const vpc = (spec: JsonObject): ResourceObject => ({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1' }, spec });
const of = (kind: string, spec: JsonObject, group = 'vpc.githedgehog.com/v1beta1'): JsonObject =>
  normalise({ apiVersion: group, kind, metadata: { name: 'x' }, spec }).spec;

describe('normalise', () => {
  it('is idempotent on objects of every kind', () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        const once = normalise(object);
        expect(normalise(once)).toEqual(once);
        expect(contentHash(normalise(once))).toBe(contentHash(once));
      }),
      { numRuns: 600 },
    );
  });

  it('never changes the object given', () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        const before = canonicalJson(object);
        normalise(object);
        expect(canonicalJson(object)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no difference between an object and its normal form', () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        expect(diffNormalised(normalise(object), normalise(normalise(object)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('makes what is applied mean the same', () => {
    fc.assert(
      fc.property(anyObject, (object) => {
        expect(canonicalJson(normalise(toApply(object)))).toBe(canonicalJson(normalise(object)));
      }),
      { numRuns: 600 },
    );
  });

  it('ignores the order of lists that have none', () => {
    const ranges = [{ from: 1000, to: 1999 }, { from: 2500, to: 2600 }];
    const one = of('VLANNamespace', { ranges }, 'wiring.githedgehog.com/v1beta1');
    expect(of('VLANNamespace', { ranges: ranges.toReversed() }, 'wiring.githedgehog.com/v1beta1')).toEqual(one);
    expect(of('IPv4Namespace', { subnets: ['10.9.0.0/16', '10.10.0.0/16'] })).toEqual({ subnets: ['10.10.0.0/16', '10.9.0.0/16'] });
  });

  it('keeps the order of gateway ACL rules', () => {
    const rules = [{ action: 'deny', from: 'b' }, { action: 'allow', from: 'a' }];
    const { acl } = of('GatewayPeering', { acl: { rules } }, 'gateway.githedgehog.com/v1alpha1') as { acl: { default: string; rules: unknown[] } };
    expect(acl).toEqual({ default: 'deny-unless-exposed', rules: rules.map((rule) => ({ ...rule, scope: 'flow' })) });
  });

  it('fills a VPC in as the webhook does', () => {
    const spec = { subnets: { a: { subnet: '10.0.1.0/24', vlan: 1001, dhcp: { enable: true, static: { 'AA:BB:CC:DD:EE:01': { ip: '10.0.1.5' } } } } } };
    expect(normalise(vpc(spec)).spec).toEqual({
      ipv4Namespace: 'default',
      vlanNamespace: 'default',
      subnets: {
        a: {
          subnet: '10.0.1.0/24',
          gateway: '10.0.1.1',
          vlan: 1001,
          dhcp: {
            enable: true,
            range: { start: '10.0.1.2', end: '10.0.1.255' },
            options: { interfaceMTU: 9036, leaseTimeSeconds: 3600 },
            static: { 'aa:bb:cc:dd:ee:01': { ip: '10.0.1.5' } },
          },
        },
      },
    });
  });

  it('drops what a disabled DHCP server leaves behind', () => {
    const dhcp = { enable: false, range: { start: '10.0.1.9' }, options: { interfaceMTU: 1500, leaseTimeSeconds: 1 } };
    const { subnets } = normalise(vpc({ subnets: { a: { subnet: '10.0.1.0/24', vlan: 1, dhcp } } })).spec;
    expect(subnets).toEqual({ a: { subnet: '10.0.1.0/24', gateway: '10.0.1.1', vlan: 1 } });
  });

  it('keeps a written false where the field is a pointer', () => {
    const { subnets } = normalise(vpc({ defaultIsolated: true, subnets: { a: { subnet: '10.0.1.0/24', isolated: false, hostBGP: false } } })).spec;
    expect(subnets).toEqual({ a: { subnet: '10.0.1.0/24', gateway: '10.0.1.1', isolated: false } });
  });

  it('names the default subnet of an attachment', () => {
    expect(of('VPCAttachment', { subnet: 'vpc-1', connection: 'c' })).toEqual({ subnet: 'vpc-1/default', connection: 'c' });
  });

  it('reads an empty peering side as all subnets', () => {
    expect(of('VPCPeering', { permit: [{ 'vpc-1': null, 'vpc-2': {} }] })).toEqual({ permit: [{ 'vpc-1': {}, 'vpc-2': {} }] });
  });

  it('completes a switch', () => {
    const spec = { role: 'server-leaf', portSpeeds: { 'E1/1': 'SPEED_25G' }, redundancy: { group: 'eslag-1', type: 'eslag' }, groups: ['z'], ecmp: {}, boot: {} };
    expect(of('Switch', spec, 'wiring.githedgehog.com/v1beta1')).toEqual({
      role: 'server-leaf',
      portSpeeds: { 'E1/1': '25G' },
      redundancy: { group: 'eslag-1', type: 'eslag' },
      groups: ['eslag-1', 'z'],
      vlanNamespaces: ['default'],
    });
  });

  it('drops labels and annotations that tools keep for themselves', () => {
    const metadata = {
      name: 'x',
      labels: { team: 'net', 'fabric.githedgehog.com/vpc1': 'a', 'vlanns.fabric.githedgehog.com/default': 'true' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'heddle/fence': '1', 'fabric.githedgehog.com/p2p-link': '10.0.0.0/31' },
      uid: 'u',
      resourceVersion: '7',
    };
    expect(normalise({ ...vpc({}), metadata }).metadata).toEqual({
      name: 'x',
      namespace: 'default',
      labels: { team: 'net' },
      annotations: { 'fabric.githedgehog.com/p2p-link': '10.0.0.0/31' },
    });
  });

  it('keeps wrong types for the schema check', () => {
    const odd = normalise(vpc({ subnets: 'none', permit: { a: 1 }, ipv4Namespace: 7 }));
    expect(odd.spec).toMatchObject({ subnets: 'none', permit: { a: 1 }, ipv4Namespace: 7 });
    expect(validateSchema('VPC', odd.spec).map((finding) => finding.field)).toEqual(['spec.ipv4Namespace', 'spec.permit', 'spec.subnets']);
  });
});

describe('toApply', () => {
  it('sends the object as written, with the namespace', () => {
    const spec = { subnets: { a: { subnet: '10.0.1.0/24', vlan: 1001, hostBGP: false } } };
    const live = { ...vpc(spec), status: { vni: 1 } };
    expect(toApply(live)).toEqual({
      apiVersion: 'vpc.githedgehog.com/v1beta1',
      kind: 'VPC',
      metadata: { name: 'vpc-1', namespace: 'default' },
      spec,
    });
  });

  it('adds only fields that the schema requires', () => {
    const attachment: ResourceObject & { spec: JsonObject } = { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'ExternalAttachment', metadata: { name: 'x' }, spec: { external: 'e', connection: 'c', static: { remoteIP: '10.0.0.1', proxy: true } } };
    expect(toApply(attachment).spec).toEqual({ ...attachment.spec, switch: {}, neighbor: {} });
    const options = toApply(vpc({ subnets: { a: { subnet: '10.0.1.0/24', dhcp: { enable: true, options: { dnsServers: ['1.1.1.1'] } } } } })).spec;
    expect(options).toEqual({ subnets: { a: { subnet: '10.0.1.0/24', dhcp: { enable: true, options: { dnsServers: ['1.1.1.1'], interfaceMTU: 9036, leaseTimeSeconds: 3600 } } } } });
  });

  it('resolves nulls', () => {
    const peering = { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPCPeering', metadata: { name: 'x' }, spec: { remote: null, permit: [{ 'vpc-1': null, 'vpc-2': null }] } };
    expect(toApply(peering).spec).toEqual({ permit: [{ 'vpc-1': {}, 'vpc-2': {} }] });
  });
});
