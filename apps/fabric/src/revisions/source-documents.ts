import type { ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';
import type { Claimant } from './decide-desired.ts';
import type { ReadDocument } from './read-document.ts';

/** Puts the documents of the changed files in place of what these files said before. */
export async function replaceDocuments(tx: EntityManager, fabricId: string, paths: readonly string[], documents: readonly ReadDocument[]): Promise<void> {
  await tx.query('delete from source_document where fabric_id = $1 and path = any($2::text[])', [fabricId, paths]);
  await tx.query(
    `insert into source_document (fabric_id, path, index, blob, line, status, raw_hash, kind, name)
     select $1, t.* from jsonb_to_recordset($2::jsonb) as t(path text, index int, blob text, line int, status text, raw_hash text, kind text, name text)`,
    [fabricId, JSON.stringify(documents.map(({ path, index, blob, line, status, rawHash, kind, name }) => ({ path, index, blob, line, status, raw_hash: rawHash, kind, name })))]);
}

/** Every path that has documents now: of a whole revision, those not in it are gone. */
export async function knownPaths(tx: EntityManager, fabricId: string): Promise<string[]> {
  const rows = await rowsOf<{ path: string }>(tx, 'select distinct path from source_document where fabric_id = $1 union select distinct path from resource where fabric_id = $1 and desired_hash is not null and path is not null', [fabricId]);
  return rows.map(({ path }) => path);
}

/** Objects that the files name now, and those whose last good document stands in them. */
export async function objectsOfPaths(tx: EntityManager, fabricId: string, paths: readonly string[]): Promise<ObjectSet> {
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select kind, name from source_document where fabric_id = $1 and path = any($2::text[]) and status in ('ok', 'held')
     union select kind, name from resource where fabric_id = $1 and path = any($2::text[]) and desired_hash is not null`, [fabricId, paths]));
}

/** All readable documents that claim to be one of the objects. */
export async function claimantsOf(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<(ObjectRef & Claimant)[]> {
  return rowsOf<ObjectRef & Claimant>(tx,
    `select d.kind, d.name, d.path, d.index, d.line, d.raw_hash as "rawHash"
     from source_document d join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on d.kind = k.kind and d.name = k.name
     where d.fabric_id = $1 and d.status in ('ok', 'held')`, [fabricId, keys.json()]);
}

/** Documents whose object stands twice are held; those that stand alone again are not. */
export async function markDuplicates(tx: EntityManager, fabricId: string, keys: ObjectSet, held: ObjectSet): Promise<void> {
  await tx.query(
    `update source_document d set status = k.status
     from jsonb_to_recordset($2::jsonb) as k(kind text, name text, status text)
     where d.fabric_id = $1 and d.kind = k.kind and d.name = k.name and d.status in ('ok', 'held') and d.status <> k.status`,
    [fabricId, JSON.stringify(keys.list().map((key) => ({ ...key, status: held.has(key) ? 'held' : 'ok' })))]);
}

export interface DirectoryFacts { brokenPaths: Set<string>; refusedNames: Set<string>; /** There is a document that can be read. */ readable: boolean; unreadable: number }

/** What of the whole directory matters for holding and pruning. */
export async function directoryFacts(tx: EntityManager, fabricId: string): Promise<DirectoryFacts> {
  const rows = await rowsOf<{ path: string; name: string | null; status: string }>(tx,
    `select path, name, status from source_document where fabric_id = $1 and status in ('unreadable', 'ignored')`, [fabricId]);
  const [any] = await rowsOf<{ readable: boolean }>(tx, `select exists (select from source_document where fabric_id = $1 and status in ('ok', 'held')) as readable`, [fabricId]);
  const unreadable = rows.filter(({ status }) => status === 'unreadable');
  return {
    brokenPaths: new Set(unreadable.map(({ path }) => path)),
    refusedNames: new Set(rows.filter(({ status, name }) => status === 'ignored' && name !== null).map(({ path, name }) => `${path} ${name}`)),
    readable: any?.readable ?? false, unreadable: unreadable.length,
  };
}
