import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideDesired } from './decide-desired.ts';

const claimant = (path: string, index = 0) => ({ path, index, line: 1, rawHash: `${path}${index}` });
const base = { kind: 'VPC', name: 'vpc-1', claimants: [], lastPath: 'a.yaml', brokenPaths: new Set<string>(), refusedNames: new Set<string>() };

describe('decideDesired', () => {
  it('takes the one document that names it', () => {
    expect(decideDesired({ ...base, claimants: [claimant('b.yaml')], brokenPaths: new Set(['a.yaml']) })).toMatchObject({ type: 'desired', claimant: { path: 'b.yaml' } });
  });

  it('holds it while its file can not be read', () => {
    expect(decideDesired({ ...base, brokenPaths: new Set(['a.yaml']) })).toEqual({ type: 'held', findings: [] });
    expect(decideDesired({ ...base, brokenPaths: new Set(['b.yaml']) })).toEqual({ type: 'removed' });
  });

  it('holds it while its document names no kind that is managed', () => {
    expect(decideDesired({ ...base, refusedNames: new Set(['a.yaml vpc-1']) })).toEqual({ type: 'held', findings: [] });
    expect(decideDesired({ ...base, refusedNames: new Set(['a.yaml vpc-2']) })).toEqual({ type: 'removed' });
  });

  it('tells of duplicates in one way for any order', () => {
    fc.assert(fc.property(fc.shuffledSubarray([claimant('c.yaml'), claimant('a.yaml', 1), claimant('a.yaml', 0)], { minLength: 3 }), (claimants) => {
      expect(decideDesired({ ...base, claimants })).toMatchObject({ type: 'held', findings: [{ rule: 'duplicate-object', path: 'a.yaml', document: 1 }] });
    }));
  });
});
