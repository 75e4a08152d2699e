import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash } from '../src/canonical-json.ts';
import { diffNormalised } from '../src/diff/diff-normalised.ts';
import { threeWay } from '../src/diff/three-way.ts';
import { normalise } from '../src/normalise.ts';
import type { JsonObject, NormalisedObject } from '../src/resource-object.ts';
import { objectsOfOneKind } from './generated-objects.ts';

const vpc = (spec: JsonObject, labels?: Record<string, string>): NormalisedObject =>
  normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1', labels }, spec });
const subnet = (vlan: number): JsonObject => ({ subnet: '10.0.1.0/24', vlan });
const pair = objectsOfOneKind(2).map((objects) => objects.map((object) => normalise(object)) as [NormalisedObject, NormalisedObject]);

describe('diffNormalised', () => {
  it('is empty exactly if the hashes agree', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(diffNormalised(a, a)).toEqual([]);
        expect(diffNormalised(a, b).length === 0).toBe(contentHash(a) === contentHash(b));
      }),
      { numRuns: 500 },
    );
  });

  it('says the same from the other side', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const turned = diffNormalised(b, a).map(({ path, from, to }) => ({ path, from: to, to: from }));
        expect(diffNormalised(a, b)).toEqual(turned);
      }),
      { numRuns: 300 },
    );
  });

  it('names changed, added and removed fields', () => {
    const before = vpc({ subnets: { a: subnet(1), b: subnet(2) } }, { team: 'net' });
    const after = vpc({ subnets: { a: subnet(7), c: { subnet: '10.0.3.0/24', hostBGP: true } } });
    expect(diffNormalised(before, after)).toEqual([
      { path: 'metadata.labels.team', from: 'net' },
      { path: 'spec.subnets.a.vlan', from: 1, to: 7 },
      { path: 'spec.subnets.b', from: { ...subnet(2), gateway: '10.0.1.1' } },
      { path: 'spec.subnets.c', to: { subnet: '10.0.3.0/24', hostBGP: true } },
    ]);
  });

  it('finds list entries by their natural key', () => {
    const routes = (...hops: [string, string][]): NormalisedObject => vpc({ staticRoutes: hops.map(([prefix, hop]) => ({ prefix, nextHops: [hop] })) });
    const changes = diffNormalised(routes(['10.1.0.0/16', '10.0.0.1'], ['10.2.0.0/16', '10.0.0.2']), routes(['10.2.0.0/16', '10.0.0.9'], ['10.3.0.0/16', '10.0.0.3']));
    expect(changes.map((change) => change.path)).toEqual([
      'spec.staticRoutes[prefix=10.1.0.0/16]',
      'spec.staticRoutes[prefix=10.2.0.0/16].nextHops',
      'spec.staticRoutes[prefix=10.3.0.0/16]',
    ]);
  });

  it('shows an absent object as one change', () => {
    expect(diffNormalised(undefined, vpc({}))).toMatchObject([{ path: '', to: { spec: { ipv4Namespace: 'default' } } }]);
    expect(diffNormalised(undefined, undefined)).toEqual([]);
  });
});

describe('threeWay', () => {
  const triple = objectsOfOneKind(3).map((objects) => objects.map((object) => normalise(object)) as [NormalisedObject, NormalisedObject, NormalisedObject]);

  it('puts the change on the side that made it', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const paths = diffNormalised(a, b).map((change) => change.path);
        expect(threeWay(a, b, a).every((field) => field.change === 'git')).toBe(true);
        expect(threeWay(a, a, b).every((field) => field.change === 'live')).toBe(true);
        expect(threeWay(a, b, b).every((field) => field.change === 'both-same')).toBe(true);
        expect(threeWay(a, b, a).map((field) => field.path)).toEqual(paths);
      }),
      { numRuns: 300 },
    );
  });

  it('misses no change of either side', () => {
    fc.assert(
      fc.property(triple, ([base, git, live]) => {
        const fields = threeWay(base, git, live);
        const told = (path: string): boolean => fields.some((field) => path === field.path || path.startsWith(field.path) || field.path.startsWith(path));
        for (const change of [...diffNormalised(base, git), ...diffNormalised(base, live)]) expect(told(change.path), change.path).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('turns around with its sides', () => {
    const turned = { git: 'live', live: 'git', 'both-same': 'both-same', conflict: 'conflict' } as const;
    fc.assert(
      fc.property(triple, ([base, git, live]) => {
        const there = threeWay(base, git, live).map((field) => [field.path, field.change]);
        expect(threeWay(base, live, git).map((field) => [field.path, turned[field.change]])).toEqual(there);
      }),
      { numRuns: 300 },
    );
  });

  it('tells who changed what', () => {
    const base = vpc({ subnets: { a: subnet(1), b: subnet(2), c: subnet(3) } });
    const git = vpc({ subnets: { a: subnet(7), b: subnet(2), d: subnet(4) }, permit: [['a', 'b']] });
    const live = vpc({ subnets: { a: subnet(8), b: { ...subnet(2), restricted: true }, c: subnet(9) }, permit: [['b', 'a']] });
    expect(threeWay(base, git, live).map((field) => `${field.path} ${field.change}`)).toEqual([
      'spec.permit both-same',
      'spec.subnets.a.vlan conflict',
      'spec.subnets.b.restricted live',
      'spec.subnets.c conflict',
      'spec.subnets.d git',
    ]);
  });

  it('calls what differs without a base a conflict', () => {
    const fields = threeWay(undefined, vpc({ subnets: { a: subnet(1) } }), vpc({ subnets: { a: subnet(2) } }));
    expect(fields.filter((field) => field.change === 'conflict').map((field) => field.path)).toEqual(['spec.subnets.a.vlan']);
  });

  it('sees a deletion against a change as a conflict', () => {
    const base = vpc({ subnets: { a: subnet(1) } });
    expect(threeWay(base, undefined, vpc({ subnets: { a: subnet(2) } }))).toMatchObject([{ path: '', change: 'conflict' }]);
    expect(threeWay(base, undefined, base)).toMatchObject([{ path: '', change: 'git' }]);
  });
});
