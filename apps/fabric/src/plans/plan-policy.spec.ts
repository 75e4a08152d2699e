import { expect, it } from 'vitest';
import { mergePlanPolicy, planPolicyOf } from './plan-policy.ts';

it('protects wiring and pools unless told otherwise', () => {
  expect(planPolicyOf({ planPolicy: {} })).toEqual({
    budget: { maxDeletes: 10, maxDeletePercent: 30, protectedKinds: ['Switch', 'Connection', 'Gateway', 'IPv4Namespace', 'VLANNamespace'], protectedObjects: [] }, dryRun: false, vniPauseSeconds: 600,
  });
});

it('keeps what a change does not name', () => {
  const stored = mergePlanPolicy({ budget: { maxDeletes: 3, protectedKinds: [] } }, { budget: { maxDeletePercent: 5 }, dryRun: true });
  expect(planPolicyOf({ planPolicy: stored })).toMatchObject({ budget: { maxDeletes: 3, maxDeletePercent: 5, protectedKinds: [] }, dryRun: true });
});
