import type { MessageData, Observation } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/**
 * Notes that a kind was heard of; only what is newer counts.
 * @returns false when the kind was listed as a whole after this was seen: the list says all that it could say
 */
export async function heardOf(tx: EntityManager, { fabricId, kind, watchEpoch, sequence }: Observation): Promise<boolean> {
  await tx.query(
    `insert into watch as w (fabric_id, kind, state, reason, message, last_heard_at, epoch, sequence, heard_epoch, heard_sequence) values ($1, $2, 'live', 'Watching', '', now(), $3, $4, $3, $4)
     on conflict (fabric_id, kind) do update set last_heard_at = greatest(w.last_heard_at, excluded.last_heard_at), heard_epoch = excluded.heard_epoch, heard_sequence = excluded.heard_sequence
     where (excluded.heard_epoch, excluded.heard_sequence) > (w.heard_epoch, w.heard_sequence)`, [fabricId, kind, watchEpoch, sequence]);
  const past = await rowsOf(tx, 'select 1 from watch where fabric_id = $1 and kind = $2 and (listed_epoch, listed_sequence) >= ($3, $4)', [fabricId, kind, watchEpoch, sequence]);
  return past.length === 0;
}

/** @returns true when the state moved, by a message that is newer */
export async function storeWatchState(tx: EntityManager, data: MessageData<'watch.state_changed'>): Promise<boolean> {
  const rows = await rowsOf(tx,
    `insert into watch as w (fabric_id, kind, state, reason, message, last_heard_at, epoch, sequence, fields) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (fabric_id, kind) do update set fields = coalesce(excluded.fields, w.fields), state = excluded.state, reason = excluded.reason, message = excluded.message,
       last_heard_at = coalesce(excluded.last_heard_at, w.last_heard_at), epoch = excluded.epoch, sequence = excluded.sequence
     where (excluded.epoch, excluded.sequence) > (w.epoch, w.sequence) returning 1`,
    [data.fabricId, data.kind, data.state, data.reason, data.message, data.lastHeardAt, data.watchEpoch, data.sequence, data.fields ? JSON.stringify(data.fields) : null]);
  return rows.length > 0;
}

/** A list of a kind, all chunks of which are there. */
export interface WholeSnapshot {
  names: string[]; resourceVersion: string; epoch: number;
  /** Of its first chunk. */
  sequence: number;
  lastSequence: number; observedAt: Date;
}

/** Keeps a chunk of a snapshot. @returns the snapshot when it is whole by it; it is then kept no longer */
export async function takeSnapshotChunk(tx: EntityManager, data: Observation): Promise<WholeSnapshot | null> {
  const { fabricId, kind, snapshot, watchEpoch, sequence, resourceVersion, observedAt } = data;
  if (!snapshot) return null;
  await tx.query(
    `insert into snapshot_chunk (fabric_id, kind, snapshot_id, chunk, chunks, epoch, sequence, resource_version, names, observed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [fabricId, kind, snapshot.id, snapshot.chunk, snapshot.chunks, watchEpoch, sequence, resourceVersion, data.items.map(({ name }) => name), observedAt]);
  const rows = await rowsOf<{ names: string[]; epoch: string; sequence: string; observed_at: Date; resource_version: string }>(tx,
    'select names, epoch, sequence, observed_at, resource_version from snapshot_chunk where fabric_id = $1 and kind = $2 and snapshot_id = $3 order by sequence', [fabricId, kind, snapshot.id]);
  if (rows.length < snapshot.chunks) return null;
  await tx.query('delete from snapshot_chunk where fabric_id = $1 and kind = $2 and (snapshot_id = $3 or (epoch, sequence) < ($4, $5))', [fabricId, kind, snapshot.id, watchEpoch, sequence]);
  const [first] = rows;
  return { names: rows.flatMap(({ names }) => names), resourceVersion, epoch: Number(first!.epoch), sequence: Number(first!.sequence), lastSequence: Number(rows.at(-1)!.sequence), observedAt: first!.observed_at };
}

/** @returns true when it is the first whole list of the kind */
export async function markListed(tx: EntityManager, fabricId: string, kind: string, { epoch, lastSequence, observedAt }: WholeSnapshot): Promise<boolean> {
  const [row] = await rowsOf<{ snapshot_at: Date | null }>(tx, 'select snapshot_at from watch where fabric_id = $1 and kind = $2', [fabricId, kind]);
  await tx.query('update watch set snapshot_at = $3, listed_epoch = $4, listed_sequence = $5 where fabric_id = $1 and kind = $2', [fabricId, kind, observedAt, epoch, lastSequence]);
  return row?.snapshot_at === null;
}
