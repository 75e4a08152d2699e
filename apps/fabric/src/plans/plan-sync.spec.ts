import { readFileSync } from 'node:fs';
import path from 'node:path';
import { deleteBudgetSchema } from '@heddle/contracts';
import { defaultObject, type KubeObject } from '@heddle/fabric-simulator';
import { contentHash, normalise, type NormalisedObject, type ResourceObject } from '@heddle/hedgehog';
import { fieldDataDir } from '@heddle/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { inInventory, objectKey, type PlanObject } from './plan-object.ts';
import { planRevert, planSync, type PlanInput, releaseHeld } from './plan-sync.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const versions = { commit: 'c1', tree: 't1', normaliser: 1 };

function vpc(name: string, vlan: number): NormalisedObject {
  return { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name, namespace: 'default' }, spec: { ipv4Namespace: 'pool', vlanNamespace: 'default', subnets: { default: { subnet: `10.${vlan}.0.0/24`, vlan } } } };
}

function peering(name: string, left: string, right: string): NormalisedObject {
  return { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPCPeering', metadata: { name, namespace: 'default' }, spec: { permit: [{ [left]: {}, [right]: {} }] } };
}

function version(object: NormalisedObject) {
  return { hash: contentHash(object), rawHash: `raw-${contentHash(object)}`, object };
}

function live(object: NormalisedObject, managed: boolean, deleting = false, foreignManagers: string[] = []) {
  return { hash: contentHash(object), object, uid: `uid-${object.metadata.name}`, resourceVersion: '7', managed, deleting, foreignManagers };
}

/** Any constellation of one object: in Git or not, alive or not, applied by Heddle or not, held, faulty. */
const planObject = (kind: 'VPC' | 'VPCPeering', name: string): fc.Arbitrary<PlanObject> => {
  const body = kind === 'VPC' ? fc.integer({ min: 1, max: 3 }).map((vlan) => vpc(name, vlan)) : fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)).filter(([a, b]) => a !== b).map(([a, b]) => peering(name, a, b));
  return fc.record({
    desired: fc.option(body), living: fc.option(body), base: fc.option(body), managed: fc.boolean(), deleting: fc.boolean(), held: fc.boolean(), faulty: fc.boolean(), kubectl: fc.boolean(),
  }).map(({ desired, living, base, managed, deleting, held, faulty, kubectl }) => ({
    kind, name, held: held && desired !== null, errors: faulty && desired ? ['rule'] : [], baseHash: base && contentHash(base),
    desired: desired && version(desired), live: living && live(living, managed, deleting, kubectl ? ['kubectl'] : []),
  }));
};

const input = (): fc.Arbitrary<PlanInput> => fc.record({
  objects: fc.tuple(...NAMES.map((name) => planObject('VPC', name)), ...NAMES.map((name) => planObject('VPCPeering', name))).chain((all) => fc.shuffledSubarray(all)),
  rules: fc.record({ prune: fc.boolean(), sourceComplete: fc.boolean(), desiredTotal: fc.constantFrom(0, 5), confirmed: fc.boolean(), sourceChanged: fc.boolean(), inventoryTotal: fc.nat(50), replace: fc.boolean(), budget: fc.record({ maxDeletes: fc.nat(6), maxDeletePercent: fc.nat(100), protectedKinds: fc.constantFrom([], ['VPC']), protectedObjects: fc.constant([]) }) }),
  selection: fc.option(fc.subarray(NAMES).map((names) => names.map((name) => ({ kind: 'VPC', name })))),
  versions: fc.constant(versions),
});

describe('planSync, for any input', () => {
  it('deletes only what the inventory holds and nothing forbids', () => {
    fc.assert(fc.property(input(), (given) => {
      const byKey = new Map(given.objects.map((object) => [objectKey(object), object]));
      for (const step of planSync(given).steps.filter(({ action }) => action === 'delete')) {
        const object = byKey.get(objectKey(step)) as PlanObject;
        expect(inInventory(object)).toBe(true);
        expect(object.desired).toBeNull();
        expect(given.rules).toMatchObject({ prune: true, sourceComplete: true });
        expect(given.rules.desiredTotal).toBeGreaterThan(0);
        expect(step.preconditions).toEqual({ uid: object.live?.uid, resourceVersion: object.live?.resourceVersion });
      }
    }), { numRuns: 500 });
  });

  it('puts each step after those that it depends on', () => {
    fc.assert(fc.property(input(), (given) => {
      const seen = new Set<string>();
      for (const { stepId, dependsOn } of planSync(given).steps) {
        expect(dependsOn.every((other) => seen.has(other))).toBe(true);
        expect(seen.has(stepId)).toBe(false);
        seen.add(stepId);
      }
    }), { numRuns: 300 });
  });

  it('writes what is referred to first, and deletes it last', () => {
    fc.assert(fc.property(input(), (given) => {
      const { steps } = planSync(given);
      const place = new Map(steps.map(({ stepId }, at) => [stepId, at]));
      const byKey = new Map(given.objects.map((object) => [objectKey(object), object]));
      for (const { kind, name, action, stepId } of steps.filter((step) => step.kind === 'VPCPeering' && step.action !== 'take_ownership')) {
        const object = byKey.get(`${kind}/${name}`) as PlanObject;
        const named = (of: NormalisedObject | undefined) => Object.keys(((of?.spec['permit'] ?? [{}]) as object[])[0] as object);
        if (action !== 'delete') for (const vpcName of named(object.desired?.object)) for (const write of ['create', 'update']) expect(place.get(`${write}/VPC/${vpcName}`) ?? -1).toBeLessThan(place.get(stepId)!);
        for (const vpcName of named(object.live?.object)) expect(place.get(`delete/VPC/${vpcName}`) ?? Number.MAX_VALUE).toBeGreaterThan(place.get(stepId)!);
      }
    }), { numRuns: 300 });
  });

  it('gives the same plan and hash for any order of the objects', () => {
    fc.assert(fc.property(input(), fc.nat(), (given, seed) => {
      const shuffled = given.objects.map((object, at) => ({ object, key: (at * 7919 + seed) % 13 })).toSorted((a, b) => a.key - b.key).map(({ object }) => object);
      expect(planSync({ ...given, objects: shuffled })).toEqual(planSync(given));
    }), { numRuns: 200 });
  });

  it('neither changes nor deletes what is held or faulty', () => {
    fc.assert(fc.property(input(), (given) => {
      const kept = new Set(given.objects.filter(({ held, errors }) => held || errors.length > 0).map(objectKey));
      expect(planSync(given).steps.filter((step) => kept.has(objectKey(step)))).toEqual([]);
    }), { numRuns: 200 });
  });

  it('deletes nothing past the budget, whoever confirmed, and all of it once approved', () => {
    fc.assert(fc.property(input(), (given) => {
      const plan = planSync(given);
      const { maxDeletes, protectedKinds } = given.rules.budget;
      const deletes = plan.steps.filter(({ action }) => action === 'delete');
      expect(deletes.length).toBeLessThanOrEqual(maxDeletes);
      expect(deletes.filter(({ kind }) => protectedKinds.includes(kind))).toEqual([]);
      if (plan.held.length > 0) expect(deletes).toEqual([]);
      const approved = releaseHeld(plan);
      expect(approved.hash).toBe(plan.hash);
      expect(approved.steps).toHaveLength(plan.steps.length + plan.held.length);
      expect(planSync({ ...given, rules: { ...given.rules, budget: { maxDeletes: 1_000, maxDeletePercent: 100, protectedKinds: [], protectedObjects: [] }, inventoryTotal: 1_000 } })).toMatchObject({ hash: plan.hash, withheld: approved.withheld });
      const seen = new Set<string>();
      for (const { stepId, dependsOn } of approved.steps) {
        expect(dependsOn.every((other) => seen.has(other))).toBe(true);
        seen.add(stepId);
      }
    }), { numRuns: 500 });
  });

  it('is empty for what is in sync or lives by itself', () => {
    fc.assert(fc.property(input(), (given) => {
      const inSync = given.objects.flatMap((object): PlanObject[] => object.live ? [
        { ...object, desired: { ...object.live, rawHash: 'r' }, baseHash: object.live.hash }, { ...object, name: `${object.name}x`, desired: null, baseHash: null }] : []);
      expect(planSync({ ...given, objects: inSync })).toMatchObject({ steps: [], withheld: [], counts: { create: 0, update: 0, delete: 0 } });
    }), { numRuns: 100 });
  });

  it('chooses nothing but the selection and what it needs', () => {
    fc.assert(fc.property(input(), (given) => {
      const selected = new Set((given.selection ?? []).map(objectKey));
      if (given.selection) for (const step of planSync(given).steps) expect(selected.has(objectKey(step)) || step.reason.startsWith('needed by')).toBe(true);
    }), { numRuns: 200 });
  });
});

describe('planSync', () => {
  const rules = { prune: true, sourceComplete: true, desiredTotal: 5, confirmed: false, sourceChanged: false, inventoryTotal: 5, replace: false, budget: deleteBudgetSchema.parse({ protectedKinds: [] }) };
  const planned = (...objects: PlanObject[]) => planSync({ objects, rules, selection: null, versions });
  const basic = { kind: 'VPC', held: false, errors: [] as string[] };

  it('withholds what somebody else changed', () => {
    const drifted = { ...basic, name: 'a', desired: version(vpc('a', 1)), live: live(vpc('a', 2), true), baseHash: contentHash(vpc('a', 1)) };
    expect(planned(drifted).withheld).toMatchObject([{ reason: 'Drifted', action: 'update' }]);
    expect(planRevert([drifted], versions).steps).toMatchObject([{ action: 'revert', force: true, preconditions: { uid: 'uid-a', resourceVersion: '7' }, changes: [{ path: 'spec.subnets.default.subnet' }, { path: 'spec.subnets.default.vlan', from: 2, to: 1 }] }]);
  });

  it('withholds what names a withheld new object', () => {
    const faulty = { ...basic, name: 'a', errors: ['vpc-x'], desired: version(vpc('a', 1)), live: null, baseHash: null };
    const naming = { ...basic, kind: 'VPCPeering', name: 'a--b', desired: version(peering('a--b', 'a', 'b')), live: null, baseHash: null };
    expect(planned(faulty, naming)).toMatchObject({ steps: [], withheld: [{ reason: 'Invalid', kind: 'VPC' }, { reason: 'WaitsForWithheld', kind: 'VPCPeering' }] });
  });

  it('leaves alone what heddle does not own in the cluster', () => {
    const foreign = { ...basic, name: 'a', desired: null, live: live(vpc('a', 1), false), baseHash: contentHash(vpc('a', 1)) };
    expect(planned(foreign)).toMatchObject({ steps: [], withheld: [{ reason: 'NotInInventory' }] });
  });

  it('gives an address up before another takes it', () => {
    const giver = { ...basic, name: 'b', desired: version(vpc('b', 3)), live: live(vpc('b', 1), true), baseHash: contentHash(vpc('b', 1)) };
    const taker = { ...basic, name: 'a', desired: version(vpc('a', 1)), live: null, baseHash: null };
    expect(planned(taker, giver).steps.map(({ stepId, dependsOn }) => [stepId, dependsOn])).toEqual([['update/VPC/b', []], ['create/VPC/a', ['update/VPC/b']]]);
  });
});

const WIRINGS = ['wiring-spineleaf-eslag-hydrated.yaml', 'wiring-spineleaf-l3vni-hydrated.yaml'];
const fieldData = fieldDataDir();

// Material of the field, which is not part of the repository.
if (fieldData !== undefined) {
  describe('planSync, for the wiring of running fabrics', () => {
    it.each(WIRINGS)('%s has nothing to do after admission', (name) => {
      const documents = parseAllDocuments(readFileSync(path.join(fieldData, 'hedgehog/examples', name), 'utf8')).map((document) => document.toJS() as KubeObject & { roles?: unknown });
      const objects = documents.filter((document) => document?.metadata && !document.roles).map((raw): PlanObject => {
        const desired = normalise(raw as ResourceObject);
        return { kind: desired.kind, name: desired.metadata.name, held: false, errors: [], baseHash: contentHash(desired), desired: version(desired), live: live(normalise(defaultObject(raw) as ResourceObject), true) };
      });
      expect(objects.length).toBeGreaterThan(20);
      const rules = { prune: true, sourceComplete: true, desiredTotal: objects.length, confirmed: false, sourceChanged: false, inventoryTotal: objects.length, replace: false, budget: deleteBudgetSchema.parse({}) };
      expect(planSync({ objects, selection: null, versions, rules })).toMatchObject({ steps: [], held: [], withheld: [], findings: [] });
    });
  });
}
