import type { ObjectRef } from '@heddle/contracts';
import { normalise } from '@heddle/hedgehog';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isManaged } from '../drifts/manager-of-field.ts';
import type { IndexedObject } from '../findings/index-objects.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { asksForManagers, type Compared, compared, comparisonKey, manifestsOf } from '../resources/comparison.ts';
import { ComparisonService } from '../resources/comparison.service.ts';
import { storeManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { TableStatistics } from '../resources/table-statistics.ts';
import { adoptLateWrites } from './adopt-late-writes.ts';
import { isNewer, type Sighting } from './is-newer.ts';
import type { LiveItem } from './live-item.ts';

interface Before extends ObjectRef {
  liveHash: string | null; uid: string | null; resourceVersion: string | null; epoch: string; sequence: string; at: Date | null; desiredHash: string | null; liveFullHash: string | null; managed: boolean; comparison: string;
}

export interface LiveChange {
  /** Objects whose live picture is another now. */
  changed: ObjectSet;
  /** Those that count as they live, since Git doesn't have them: for references, claims and rules. */
  indexed: IndexedObject[];
}

interface Written {
  kind: string; name: string; live_hash: string | null; live_full: string | null; uid: string | null; resource_version: string; generation: number; deleting: string | null; finalizers: string[]; managed: boolean;
}

/** Keeps what lives in the cluster; only what is newer is taken, all of a message in a few statements. */
@Injectable()
export class LiveStore {
  constructor(private readonly clock: Clock, private readonly statistics: TableStatistics, private readonly comparisons: ComparisonService) {}

  async write(tx: EntityManager, fabric: FabricEntity, items: readonly LiveItem[], sighting: Sighting): Promise<LiveChange> {
    const fabricId = fabric.id;
    const before = await readBefore(tx, fabricId, new ObjectSet(items));
    const otherwise = [...before.values()].filter(({ comparison }) => comparison !== comparisonKey(fabric));
    // The hashes of a row are all made in one way: what the row has is compared anew before it gets a new one.
    if (otherwise.length > 0) await this.comparisons.again(tx, fabric, new ObjectSet(otherwise));
    const fresh = items.filter((item) => isNews(item, sighting, before.get(`${item.kind}/${item.name}`)));
    const pictures = fresh.map((item) => ({ item, picture: item.object ? compared(normalise(item.object), fabric, item.managers) : null }));
    await storeManifests(tx, fabricId, pictures.flatMap(({ picture }) => picture ? manifestsOf(picture) : []));
    await upsert(tx, fabricId, sighting, this.clock.now(), comparisonKey(fabric), pictures.map(({ item, picture }) => writtenOf(item, picture)));
    await writeManagers(tx, fabricId, fresh);
    if (asksForManagers(fabric)) await this.comparisons.again(tx, fabric, new ObjectSet(fresh.filter(({ object }) => object !== null)));
    await adoptLateWrites(tx, fabricId, new ObjectSet(fresh.filter(({ object, managers }) => object !== null && isManaged(managers))), this.clock.now());
    this.statistics.grown(tx, fresh.filter(({ kind, name }) => !before.has(`${kind}/${name}`)).length);
    const indexed = pictures.filter(({ item, picture }) => isIndexed(before.get(`${item.kind}/${item.name}`), picture));
    return { changed: new ObjectSet(fresh), indexed: indexed.map(({ item: { kind, name }, picture }) => ({ kind, name, object: picture?.full ?? null })) };
  }

  /** What of a kind is in the store and not among the names of a whole list that is newer. */
  async vanished(tx: EntityManager, fabricId: string, kind: string, names: readonly string[], resourceVersion: string, sighting: Extract<Sighting, { type: 'watch' }>): Promise<LiveItem[]> {
    const rows = [...(await readBefore(tx, fabricId, new ObjectSet(await rowsOf<ObjectRef>(tx,
      'select kind, name from resource where fabric_id = $1 and kind = $2 and live_hash is not null and not (name = any($3::text[]))', [fabricId, kind, names])))).values()];
    return rows.filter((row) => isNewer(sighting, resourceVersion, storedOf(row))).map(({ name, uid }) =>
      ({ kind, name, uid: uid ?? '', resourceVersion, generation: 0, deletingSince: null, finalizers: [], object: null, managers: [] }));
  }
}

function storedOf({ epoch, sequence, resourceVersion, at }: Before): { epoch: number; sequence: number; resourceVersion: string | null; at: Date | null } {
  return { epoch: Number(epoch), sequence: Number(sequence), resourceVersion, at };
}

/** The echo of what is known already, as after each of our own writes, is no news. */
function isNews(item: LiveItem, sighting: Sighting, row: Before | undefined): boolean {
  if (!row) return item.object !== null;
  if (!isNewer(sighting, item.resourceVersion, storedOf(row))) return false;
  if (item.object === null) return row.liveHash !== null;
  return row.liveHash === null || row.uid !== item.uid || row.resourceVersion !== item.resourceVersion;
}

function isIndexed(row: Before | undefined, picture: Compared | null): boolean {
  return !row || (row.desiredHash === null && (row.liveFullHash ?? row.liveHash) !== (picture?.fullHash ?? picture?.hash ?? null));
}

function writtenOf({ kind, name, uid, resourceVersion, generation, deletingSince, finalizers, managers }: LiveItem, picture: Compared | null): Written {
  const hash = picture?.hash ?? null;
  return { kind, name, live_hash: hash, live_full: picture?.fullHash ?? null, uid: hash ? uid : null, resource_version: resourceVersion, generation, deleting: deletingSince, finalizers, managed: hash !== null && isManaged(managers) };
}

async function readBefore(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, Before>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<Before>(tx,
    `select r.kind, r.name, r.live_hash as "liveHash", r.uid, r.resource_version as "resourceVersion", r.live_epoch as epoch, r.live_sequence as sequence,
       r.live_at as at, r.desired_hash as "desiredHash", r.live_full_hash as "liveFullHash", r.managed, r.comparison
     from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name where r.fabric_id = $1`, [fabricId, keys.json()]);
  return new Map(rows.map((row) => [`${row.kind}/${row.name}`, row]));
}

/** Another content, also one that was there before and came back: the generation rises with each change, the uid differs when it was made anew. */
const IS_ANOTHER = `(coalesce(r.live_full_hash, r.live_hash) is distinct from coalesce(excluded.live_full_hash, excluded.live_hash)
         or (excluded.live_hash is not null and (r.generation is distinct from excluded.generation or r.uid is distinct from excluded.uid)))`;

/**
 * An object that is gone and that Git doesn't ask for leaves the inventory; its body stays until no switch carries it; that of a VPC also where
 * Git asks for it, since its VNI must not be given away before. Another content is on no switch yet.
 */
async function upsert(tx: EntityManager, fabricId: string, sighting: Sighting, at: Date, comparison: string, rows: readonly Written[]): Promise<void> {
  if (rows.length === 0) return;
  const [epoch, sequence] = sighting.type === 'watch' ? [sighting.epoch, sighting.sequence] : [0, 0];
  await tx.query(
    `insert into resource as r (fabric_id, kind, name, state, since, comparison, live_hash, live_full_hash, uid, resource_version, generation, deleting_since, finalizers, managed, live_epoch, live_sequence, live_at)
     select $1, t.kind, t.name, 'deleted', $2, $7, t.live_hash, t.live_full, t.uid, t.resource_version, t.generation, t.deleting, array(select jsonb_array_elements_text(t.finalizers)), t.managed, $3, $4, $2
     from jsonb_to_recordset($5::jsonb) as t(kind text, name text, live_hash text, live_full text, uid text, resource_version text, generation bigint, deleting timestamptz, finalizers jsonb, managed boolean)
     order by t.kind, t.name
     on conflict (fabric_id, kind, name) do update set
       base_hash = case when excluded.live_hash is null and r.desired_hash is null then null else r.base_hash end,
       failure = case when excluded.live_hash is null and r.desired_hash is null then null else r.failure end,
       gone_hash = case when excluded.live_hash is not null or (r.desired_hash is not null and r.kind <> 'VPC') then null
         when r.live_hash is not null and (r.managed or r.base_hash is not null) then coalesce(r.live_full_hash, r.live_hash) else r.gone_hash end,
       carried = case when ${IS_ANOTHER} then '{}' else r.carried end,
       converged_at = case when ${IS_ANOTHER} then null else r.converged_at end,
       switches = case when ${IS_ANOTHER} then 'pending' else r.switches end,
       switches_reason = case when ${IS_ANOTHER} then 'WaitingForController' else r.switches_reason end,
       live_hash = excluded.live_hash, live_full_hash = excluded.live_full_hash, uid = excluded.uid, resource_version = excluded.resource_version, generation = excluded.generation,
       deleting_since = excluded.deleting_since, finalizers = excluded.finalizers, managed = excluded.managed, live_at = excluded.live_at,
       live_epoch = case when $6 then excluded.live_epoch else r.live_epoch end, live_sequence = case when $6 then excluded.live_sequence else r.live_sequence end
     where not $6 or (excluded.live_epoch, excluded.live_sequence) > (r.live_epoch, r.live_sequence)`,
    [fabricId, at, epoch, sequence, JSON.stringify(rows), sighting.type === 'watch', comparison]);
}

async function writeManagers(tx: EntityManager, fabricId: string, items: readonly LiveItem[]): Promise<void> {
  const present = items.filter(({ object }) => object !== null).map(({ kind, name, managers }) => ({ kind, name, managers }));
  if (present.length === 0) return;
  await tx.query(
    `insert into live_managers (fabric_id, kind, name, managers)
     select $1, t.kind, t.name, t.managers from jsonb_to_recordset($2::jsonb) as t(kind text, name text, managers jsonb) order by t.kind, t.name
     on conflict (fabric_id, kind, name) do update set managers = excluded.managers`, [fabricId, JSON.stringify(present)]);
}
