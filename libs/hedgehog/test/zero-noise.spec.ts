import { RELEASES } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANAGED_KINDS, contentHash, diffNormalised, normalise, threeWay } from '../src/index.ts';
import type { NormalisedObject, ResourceObject } from '../src/index.ts';
import { admitted } from './admitted.ts';
import { applyDiff } from './apply-diff.ts';
import { generatedObject } from './generated-objects.ts';

const RUNS = { numRuns: 40 };
const after = (from: NormalisedObject, changes: ReturnType<typeof diffNormalised>): NormalisedObject | undefined => applyDiff(from, from, changes);
const normalised = (objects: readonly ResourceObject[]): NormalisedObject[] => objects.map((object) => normalise(object));

describe.each(RELEASES)('in release %s', (release) => {
  describe.each(MANAGED_KINDS.map((descriptor) => [descriptor.kind, descriptor] as const))('%s', (_kind, descriptor) => {
    const object = generatedObject(descriptor, undefined, release);

    it('is the same before and after admission', () => {
      fc.assert(fc.property(object.chain((written) => fc.tuple(fc.constant(written), admitted(written))), ([written, live]) => {
        expect(diffNormalised(normalise(written), normalise(live))).toEqual([]);
        expect(contentHash(normalise(live))).toBe(contentHash(normalise(written)));
      }), RUNS);
    });

    it('is its own normal form', () => {
      fc.assert(fc.property(object, (written) => { expect(normalise(normalise(written))).toEqual(normalise(written)); }), RUNS);
    });

    it('becomes the other side by the difference', () => {
      fc.assert(fc.property(fc.tuple(object, object), (pair) => {
        const [a, b] = normalised(pair) as [NormalisedObject, NormalisedObject];
        expect(contentHash(after(a, diffNormalised(a, b)))).toBe(contentHash(b));
        expect(contentHash(applyDiff(a, undefined, diffNormalised(undefined, b)))).toBe(contentHash(b));
        expect(applyDiff(a, a, diffNormalised(a, undefined))).toBeUndefined();
      }), RUNS);
    });

    it('says the same by three sides as by two pairs', () => {
      fc.assert(fc.property(fc.tuple(object, object, object), (sides) => {
        const [base, git, live] = normalised(sides) as [NormalisedObject, NormalisedObject, NormalisedObject];
        const fields = threeWay(base, git, live);
        // What each side says of the fields, put onto the base, is that side.
        const side = (of: 'git' | 'live') => fields.map((field) => ({ path: field.path, ...(of in field && { to: field[of] }) }));
        expect(contentHash(after(base, side('git')))).toBe(contentHash(git));
        expect(contentHash(after(base, side('live')))).toBe(contentHash(live));
        // Without conflicts the two merge to one object, whichever is brought to the other.
        if (fields.some(({ change }) => change === 'conflict')) return;
        const only = (change: 'git' | 'live') => fields.filter((field) => field.change === change).map((field) => ({ path: field.path, ...(change in field && { to: field[change] }) }));
        expect(contentHash(after(live, only('git')))).toBe(contentHash(after(git, only('live'))));
      }), RUNS);
    });
  });
});
