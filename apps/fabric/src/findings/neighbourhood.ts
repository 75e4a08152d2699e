import type { ObjectRef } from '@heddle/contracts';
import { lookupOf, type Lookup, type NormalisedObject } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';

/** Kinds whose referrers decide where an object ends up: a VPC is on the switches of its attachments. */
const THROUGH = ['VPC', 'External', 'GatewayGroup', 'SwitchGroup'];

/** A part of the fabric, and the objects in it. */
export type Neighbourhood = Lookup & Required<Pick<Lookup, 'isLeaving'>> & { all: NormalisedObject[] };

/**
 * The objects around the given ones, as desired before live, without loading the fabric: who refers to them and to
 * the networks that they name, and what all of these name in turn, three hops far (attachment, connection, switch, profile).
 * @param also what the given ones name in a version that is not indexed
 */
export async function readNeighbourhood(tx: EntityManager, fabricId: string, keys: ObjectSet, { side = 'effective', also = [] }: { side?: 'effective' | 'live'; also?: readonly ObjectRef[] } = {}): Promise<Neighbourhood> {
  const found = new ObjectSet(keys.list());
  const named = (await targetsOf(tx, fabricId, keys)).add(also);
  found.add(named.list());
  const through = new ObjectSet([...keys.list(), ...named.list().filter(({ kind }) => THROUGH.includes(kind))]);
  const referrers = new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select distinct r.from_kind as kind, r.from_name as name from reference r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.to_kind = k.kind and r.to_name = k.name where r.fabric_id = $1`,
    [fabricId, through.json()]));
  // A namespace is on the switches of its VPCs: their attachments matter too.
  const pools = new ObjectSet(referrers.list().filter(({ kind }) => THROUGH.includes(kind)));
  referrers.add(await rowsOf<ObjectRef>(tx,
    `select distinct r.from_kind as kind, r.from_name as name from reference r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.to_kind = k.kind and r.to_name = k.name where r.fabric_id = $1`,
    [fabricId, pools.json()]));
  found.add(referrers.list());
  let edge = found;
  for (let hop = 0; hop < 3 && edge.size > 0; hop++) {
    const next = await targetsOf(tx, fabricId, edge);
    edge = new ObjectSet(next.list().filter((ref) => !found.has(ref)));
    found.add(edge.list());
  }
  const rows = await readEffective(tx, fabricId, found, side);
  const all = rows.map(({ body }) => body);
  const leaving = new ObjectSet(rows.flatMap(({ leaving: goes, body }) => (goes ? [{ kind: body.kind, name: body.metadata.name }] : [])));
  return { ...lookupOf(all), all, isLeaving: (kind, name) => leaving.has({ kind, name }) };
}

export async function targetsOf(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<ObjectSet> {
  if (keys.size === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select distinct r.to_kind as kind, r.to_name as name from reference r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.from_kind = k.kind and r.from_name = k.name where r.fabric_id = $1`,
    [fabricId, keys.json()]));
}

export interface Effective { body: NormalisedObject; leaving: boolean }

/** The objects as they count: desired before live, and what Hedgehog itself maintains; leaving: Heddle applied it, and Git has it no more. */
export async function readEffective(tx: EntityManager, fabricId: string, keys: ObjectSet, side: 'effective' | 'live' = 'effective'): Promise<Effective[]> {
  if (keys.size === 0) return [];
  return rowsOf<Effective>(tx,
    `select m.body, r.desired_hash is null and r.base_hash is not null as leaving from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     join manifest m on m.fabric_id = r.fabric_id and m.hash = ${side === 'live' ? 'coalesce(r.live_full_hash, r.live_hash)' : 'coalesce(r.desired_full_hash, r.desired_hash, r.live_full_hash, r.live_hash)'} where r.fabric_id = $1
     union all
     select jsonb_build_object('apiVersion', '', 'kind', a.kind, 'metadata', jsonb_build_object('name', a.name, 'namespace', 'default'), 'spec', a.body->'spec'), false
     from agent a join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on a.kind = k.kind and a.name = k.name where a.fabric_id = $1 and a.body ? 'spec'`,
    [fabricId, keys.json()]);
}
