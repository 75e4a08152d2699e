import { NotFound } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { Source } from '../sources/source.entity.ts';
import { GitRepository } from './git-repository.entity.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** By id or name. @throws NotFound */
export async function findRepository(tx: EntityManager, reference: string, lock = false): Promise<GitRepository> {
  const repository = await tx.findOne(GitRepository, {
    where: UUID.test(reference) ? { id: reference.toLowerCase() } : { name: reference },
    ...(lock ? { lock: { mode: 'pessimistic_write' as const } } : {}),
  });
  if (repository) return repository;
  throw new NotFound({ code: 'GIT-001', message: `There is no repository '${reference}'.`, remedy: 'Look at the list of repositories for its name.' });
}

/** Ids of the fabrics that read each of the repositories. */
export async function readersOf(tx: EntityManager, repositoryIds: readonly string[]): Promise<Map<string, string[]>> {
  const sources = await tx.createQueryBuilder(Source, 's')
    .where('s.released = false AND s.repositoryId = ANY(:ids)', { ids: [...repositoryIds] }).orderBy('s.fabricId').getMany();
  const readers = new Map<string, string[]>(repositoryIds.map((id) => [id, []]));
  for (const { repositoryId, fabricId } of sources) readers.get(repositoryId)?.push(fabricId);
  return readers;
}
