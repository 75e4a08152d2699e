import { deleteBudgetSchema } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetReasons } from './delete-budget.ts';

const vpcs = (count: number) => Array.from({ length: count }, (_, index) => ({ kind: 'VPC', name: `vpc-${index}` }));
const budget = deleteBudgetSchema.parse({});

describe('budgetReasons', () => {
  it('lets ten of a large fabric go, not eleven', () => {
    expect(budgetReasons(vpcs(10), budget, 1_000)).toEqual([]);
    expect(budgetReasons(vpcs(11), budget, 1_000)).toEqual(['11 delete(s) among 1000 managed object(s): more than 10 in one change.']);
  });

  it('counts the percentage from the fourth delete', () => {
    expect(budgetReasons(vpcs(3), budget, 4)).toEqual([]);
    expect(budgetReasons(vpcs(4), budget, 12)).toEqual(['4 delete(s) among 12 managed object(s): more than 30 % of the fabric.']);
    expect(budgetReasons(vpcs(4), budget, 14)).toEqual([]);
  });

  it('names what is protected by kind or by name', () => {
    const own = { ...budget, protectedObjects: [{ kind: 'VPC', name: 'vpc-0' }] };
    expect(budgetReasons([...vpcs(2), { kind: 'Switch', name: 'leaf-1' }], own, 1_000)).toEqual(['Protected: VPC vpc-0, Switch leaf-1.']);
  });

  it('lets nothing go where nothing may be deleted', () => {
    expect(budgetReasons(vpcs(1), { ...budget, maxDeletes: 0 }, 1_000)).toHaveLength(1);
    expect(budgetReasons([], { ...budget, maxDeletes: 0 }, 0)).toEqual([]);
  });

  it('never lets more go when there is more to delete', () => {
    fc.assert(fc.property(fc.nat(30), fc.nat(30), fc.nat(100), (few, more, total) => {
      if (budgetReasons(vpcs(few), budget, total).length > 0) expect(budgetReasons(vpcs(few + more), budget, total).length).toBeGreaterThan(0);
    }));
  });
});
