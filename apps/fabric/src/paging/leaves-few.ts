import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

const FEW = 1_000;

/**
 * Whether a filter leaves so few rows that all of them are best found by it and then sorted. Where it leaves more, a page
 * is near in the order of the list; the planner can't tell, since it takes columns for independent and any text for rare.
 * @param where over the parameters; what it reads is bounded either way
 */
export async function leavesFew(tx: EntityManager, from: string, where: string, parameters: readonly unknown[]): Promise<boolean> {
  const [row] = await rowsOf<{ few: boolean }>(tx, `select count(*) <= ${FEW} as few from (select from ${from} where ${where} limit ${FEW + 1}) f`, parameters as unknown[]);
  return row?.few ?? false;
}
