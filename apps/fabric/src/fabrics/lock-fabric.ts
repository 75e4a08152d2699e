import { NotFound } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { FabricEntity } from './fabric.entity.ts';

/**
 * Locks the fabric until the transaction ends. Everything that changes a fabric's rows or writes its messages does
 * this first: so outbox ids of one fabric are taken in the order of the commits, and rows are locked in one order.
 */
export async function lockFabric(tx: EntityManager, id: string): Promise<FabricEntity | null> {
  return tx.getRepository(FabricEntity).createQueryBuilder('fabric').setLock('pessimistic_write').where('fabric.id = :id', { id }).getOne();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** By id or name. @throws NotFound STATE-010 */
export async function findFabric(tx: EntityManager, reference: string): Promise<FabricEntity> {
  const fabric = await tx.getRepository(FabricEntity).findOneBy(UUID.test(reference) ? { id: reference } : { name: reference });
  if (fabric) return fabric;
  throw new NotFound({ code: 'STATE-010', message: `There is no fabric ${reference}.`, remedy: 'List the fabrics to see their names and ids.' });
}

/** {@link findFabric}, locked. */
export async function lockFabricOf(tx: EntityManager, reference: string): Promise<FabricEntity> {
  const fabric = await lockFabric(tx, (await findFabric(tx, reference)).id);
  if (fabric) return fabric;
  throw new NotFound({ code: 'STATE-010', message: `There is no fabric ${reference} any more.`, remedy: 'List the fabrics to see their names and ids.' });
}
