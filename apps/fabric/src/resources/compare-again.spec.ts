import type { FieldManager } from '@heddle/contracts';
import { contentHash, NORMALISER_VERSION, normalise, type NormalisedObject } from '@heddle/hedgehog';
import { describe, expect, it } from 'vitest';
import { compareAgain, type OldHashes } from './compare-again.ts';
import { compared, comparisonKey, type ComparedAs } from './comparison.ts';

const TODAY = comparisonKey({ release: '26.03', ignoreRules: [] });
const BEFORE = `${NORMALISER_VERSION - 1}/26.03`;
const vpc = (vlan: number, metadata: object = {}): NormalisedObject => normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'a', ...metadata }, spec: { subnets: { default: { subnet: '10.0.1.0/24', vlan } } } });
/** As an earlier normaliser may have had it: without the gateway that today's fills in. */
const older = (object: NormalisedObject): NormalisedObject => ({ ...object, spec: { ...object.spec, subnets: { default: { subnet: '10.0.1.0/24', vlan: (object.spec as { subnets: { default: { vlan: number } } }).subnets.default.vlan } } } });
const ignoring = (path: string, managers?: string[]): ComparedAs => ({ release: '26.03', ignoreRules: [{ path, ...(managers && { managers }) }] });
const plain: ComparedAs = { release: '26.03', ignoreRules: [] };

function again(sides: { raw?: object; desired?: NormalisedObject; live?: NormalisedObject; base?: NormalisedObject }, comparison: string, as: ComparedAs, managers: FieldManager[] = [], before: ComparedAs = plain) {
  const bodies = new Map<string, unknown>();
  const store = (body: unknown): string => { const hash = contentHash(body); bodies.set(hash, body); return hash; };
  const cut = (object: NormalisedObject | undefined) => { const part = object && compared(object, before); if (part) { store(part.object); store(part.full); } return part; };
  const [desired, live, base] = [cut(sides.desired), cut(sides.live), cut(sides.base)];
  const old: OldHashes = {
    kind: 'VPC', name: 'a', rawHash: sides.raw ? store(sides.raw) : null, desiredHash: desired?.hash ?? null, desiredFullHash: desired?.fullHash ?? null,
    liveHash: live?.hash ?? null, liveFullHash: live?.fullHash ?? null, baseHash: base?.hash ?? null, comparison,
  };
  return compareAgain(old, bodies, as, managers);
}

describe('after an upgrade of the normaliser', () => {
  it('keeps equal what was equal', () => {
    const old = older(vpc(1001));
    const { desired, live, base, comparison } = again({ raw: old, desired: old, live: old, base: old }, BEFORE, plain);
    expect([desired?.hash, live?.hash, base?.hash]).toEqual(Array.from({ length: 3 }, () => contentHash(vpc(1001))));
    expect(comparison).toBe(TODAY);
  });

  it('keeps equal what only the document tells more of', () => {
    // The earlier normaliser dropped what today's keeps: live is stored without it.
    const raw = vpc(1001, { annotations: { note: 'kept now' } });
    const { desired, live, base } = again({ raw, desired: vpc(1001), live: vpc(1001), base: vpc(1001) }, BEFORE, plain);
    expect(desired?.object.metadata.annotations).toEqual({ note: 'kept now' });
    expect([live?.hash, base?.hash]).toEqual([desired?.hash, desired?.hash]);
  });

  it('keeps a drift a drift and a change a change', () => {
    const drifted = again({ raw: older(vpc(1)), desired: older(vpc(1)), live: older(vpc(2)), base: older(vpc(1)) }, BEFORE, plain);
    expect([drifted.desired?.hash, drifted.live?.hash, drifted.base?.hash]).toEqual([vpc(1), vpc(2), vpc(1)].map(contentHash));
    const changed = again({ raw: older(vpc(3)), desired: older(vpc(3)), live: older(vpc(1)), base: older(vpc(1)) }, BEFORE, plain);
    expect([changed.live?.hash, changed.base?.hash]).toEqual([contentHash(vpc(1)), contentHash(vpc(1))]);
  });

  it('leaves absent what is absent', () => {
    expect(again({ live: older(vpc(1)) }, BEFORE, plain)).toMatchObject({ desired: null, base: null, live: { hash: contentHash(vpc(1)) } });
  });
});

describe('after a change of the ignore rules', () => {
  const vlan = ignoring('spec.subnets.*.vlan');
  it('no longer sees what is ignored, and keeps it', () => {
    const { desired, live, base } = again({ raw: vpc(1), desired: vpc(1), live: vpc(2), base: vpc(1) }, TODAY, vlan);
    expect([live?.hash, base?.hash]).toEqual([desired?.hash, desired?.hash]);
    expect(live?.fullHash).toBe(contentHash(vpc(2)));
  });

  it('sees it again, as a change of the cluster, when the rule is gone', () => {
    const { desired, live, base } = again({ raw: vpc(1), desired: vpc(1), live: vpc(2), base: vpc(1) }, comparisonKey(vlan), plain, [], vlan);
    expect([desired?.hash, live?.hash, base?.hash]).toEqual([vpc(1), vpc(2), vpc(1)].map(contentHash));
    expect([desired?.fullHash, live?.fullHash]).toEqual([null, null]);
  });

  it('asks who wrote the field', () => {
    const manager: FieldManager = { manager: 'ipam', operation: 'Update', fields: { 'f:spec': { 'f:subnets': { 'f:default': { 'f:vlan': {} } } } } };
    const sides = { raw: vpc(1), desired: vpc(1), live: vpc(2), base: vpc(1) };
    const rule = ignoring('spec.subnets.*.vlan', ['ipam']);
    expect(again(sides, TODAY, rule, [manager]).live?.hash).toBe(again(sides, TODAY, rule, [manager]).desired?.hash);
    expect(again(sides, TODAY, rule, [{ ...manager, manager: 'kubectl' }]).live?.hash).toBe(contentHash(vpc(2)));
  });
});

it('names the way in which hashes are made', () => {
  const rules = [vlanRule('a'), vlanRule('b')].map((ignoreRules) => comparisonKey({ release: '26.03', ignoreRules }));
  expect(new Set([...rules, comparisonKey({ release: '26.01', ignoreRules: [] }), TODAY]).size).toBe(4);
});

function vlanRule(name: string) {
  return [{ path: `spec.subnets.${name}.vlan` }];
}
