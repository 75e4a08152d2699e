import { CLASHING_SORTS, claimsOf, findingsMovedBy, referencesOf, type Claim, type NormalisedObject } from '@heddle/hedgehog';
import type { ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';

/** An object as the fabric counts it: as desired, or as it lives where Git doesn't have it; null: there is none. */
export interface IndexedObject extends ObjectRef { object: NormalisedObject | null }

/** What came of indexing objects. */
export interface Indexed {
  /**
   * The others whose findings can change by it: who refers to them, over two hops (an attachment depends on its
   * connection's switches), who claims what they claimed before or claim now, and who is judged together with them.
   */
  affected: ObjectSet;
  /** What the objects claim now together with others. */
  meeting: MeetingClaims[];
}

/** Replaces what the given objects refer to and claim. */
export async function indexObjects(tx: EntityManager, fabricId: string, objects: readonly IndexedObject[]): Promise<Indexed> {
  const keys = new ObjectSet(objects);
  const affected = await clashing(tx, fabricId, keys);
  affected.add((await movedWith(tx, fabricId, keys)).list());
  await tx.query(`delete from reference r using jsonb_to_recordset($2::jsonb) as k(kind text, name text) where r.fabric_id = $1 and r.from_kind = k.kind and r.from_name = k.name`, [fabricId, keys.json()]);
  await tx.query(`delete from claim c using jsonb_to_recordset($2::jsonb) as k(kind text, name text) where c.fabric_id = $1 and c.kind = k.kind and c.name = k.name`, [fabricId, keys.json()]);
  await insertReferences(tx, fabricId, objects);
  await insertClaims(tx, fabricId, objects);
  const meeting = await meetingClaims(tx, fabricId, keys);
  affected.add(meeting.map(({ otherKind: kind, otherName: name }) => ({ kind, name })));
  const referrers = await referrersOf(tx, fabricId, keys, 2);
  affected.add(referrers.list());
  affected.add((await movedWith(tx, fabricId, new ObjectSet([...keys.list(), ...referrers.list()]))).list());
  return { affected, meeting };
}

/** Objects that a rule judges together with the given ones: who names the same, or the named itself while it changes. */
async function movedWith(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<ObjectSet> {
  const moves = keys.list().flatMap(({ kind, name }) => findingsMovedBy(kind).map(({ through, kind: moved, onlyChanging }) => ({ kind, name, through, moved, changing: onlyChanging })));
  if (moves.length === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select distinct o.kind, o.name from jsonb_to_recordset($2::jsonb) as k(kind text, name text, through text, moved text, changing boolean)
     join reference r on r.fabric_id = $1 and r.from_kind = k.kind and r.from_name = k.name and r.to_kind = k.through
     cross join lateral (
       select r.to_kind as kind, r.to_name as name where k.moved = k.through
       union all
       select s.from_kind, s.from_name from reference s where k.moved <> k.through and s.fabric_id = $1 and s.to_kind = r.to_kind and s.to_name = r.to_name and s.from_kind = k.moved) o
     where not k.changing or exists (select from resource x where x.fabric_id = $1 and x.kind = o.kind and x.name = o.name and x.desired_hash <> x.live_hash)`,
    [fabricId, JSON.stringify(moves)]));
}

async function insertReferences(tx: EntityManager, fabricId: string, objects: readonly IndexedObject[]): Promise<void> {
  const rows = objects.flatMap(({ kind, name, object }) => (object ? referencesOf(object) : []).map(({ field, toKind, toName, toPart }) =>
    ({ from_kind: kind, from_name: name, field, to_kind: toKind, to_name: toName, to_part: toPart ?? null })));
  if (rows.length === 0) return;
  await tx.query(
    `insert into reference (fabric_id, from_kind, from_name, field, to_kind, to_name, to_part)
     select $1, t.* from jsonb_to_recordset($2::jsonb) as t(from_kind text, from_name text, field text, to_kind text, to_name text, to_part text)`,
    [fabricId, JSON.stringify(rows)]);
}

interface ClaimRow extends ObjectRef { space: string; value: string | null; first: number | null; last: number | null; body: Claim }

function claimRows(objects: readonly IndexedObject[]): ClaimRow[] {
  return objects.flatMap(({ kind, name, object }) => (object ? claimsOf(object) : []).map((claim: Claim) =>
    ({ space: claim.space, value: 'value' in claim ? claim.value : null, first: 'value' in claim ? null : claim.from, last: 'value' in claim ? null : claim.to, kind, name, body: claim })));
}

async function insertClaims(tx: EntityManager, fabricId: string, objects: readonly IndexedObject[]): Promise<void> {
  const rows = claimRows(objects);
  if (rows.length === 0) return;
  await tx.query(
    `insert into claim (fabric_id, space, value, area, kind, name, body)
     select $1::uuid, t.space, t.value, box(point(t.first, hashtext($1::uuid::text || t.space)), point(t.last, hashtext($1::uuid::text || t.space))), t.kind, t.name, t.body from jsonb_to_recordset($2::jsonb) as t(space text, value text, first float8, last float8, kind text, name text, body jsonb)`,
    [fabricId, JSON.stringify(rows)]);
}

/** Other objects that claim the same value or an overlapping range. */
async function clashing(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<ObjectSet> {
  return new ObjectSet(await meeting<ObjectRef>(tx, fabricId, keys, 'o.kind, o.name'));
}

const MINE = `select c.* from claim c join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on c.kind = k.kind and c.name = k.name
  where c.fabric_id = $1::uuid and split_part(c.space, ':', 1) in (${CLASHING_SORTS.map((sort) => `'${sort}'`).join(', ')})`;

/**
 * Claims that meet. Ranges are looked up one by one in their GiST index: the subquery of its own and the conditions
 * that no other index fits leave the planner, which may not know yet how many there are, no other way.
 */
async function meeting<Row>(tx: EntityManager, fabricId: string, keys: ObjectSet, columns: string): Promise<Row[]> {
  return keys.size === 0 ? [] : meetingOf<Row>(tx, fabricId, MINE, keys.json(), columns);
}

/** Of claims that `mine` selects from the parameter $2, as rows of `claim c`. */
async function meetingOf<Row>(tx: EntityManager, fabricId: string, mine: string, parameter: string, columns: string): Promise<Row[]> {
  const values = await rowsOf<Row>(tx,
    `select distinct ${columns} from (${mine}) m join claim o on o.fabric_id = $1::uuid and o.space = m.space and o.value = m.value where (o.kind, o.name) <> (m.kind, m.name)`, [fabricId, parameter]);
  const ranges = await rowsOf<Row>(tx,
    `select distinct ${columns} from (${mine} and c.area is not null offset 0) m cross join lateral (
       select o.* from claim o where o.area && m.area and o.space || '' = m.space and o.fabric_id::text = $1::uuid::text offset 0) o
     where (o.kind, o.name) <> (m.kind, m.name)`, [fabricId, parameter]);
  return [...values, ...ranges];
}

/** Who refers to the objects, over so many hops; without the objects themselves. */
export async function referrersOf(tx: EntityManager, fabricId: string, keys: ObjectSet, hops: number): Promise<ObjectSet> {
  if (keys.size === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `with recursive found(kind, name, hop) as (
       select k.kind, k.name, 0 from jsonb_to_recordset($2::jsonb) as k(kind text, name text)
       union
       select r.from_kind, r.from_name, f.hop + 1 from found f join reference r on r.fabric_id = $1 and r.to_kind = f.kind and r.to_name = f.name where f.hop < $3)
     select distinct kind, name from found where hop > 0`,
    [fabricId, keys.json(), hops]));
}

/** A claim of an object, and another object's that meets it. */
export interface MeetingClaims extends ObjectRef { body: Claim; otherKind: string; otherName: string; otherBody: Claim; otherLeaving: boolean }

/** Pairs of claims of the objects with others that have the same value or an overlapping range. */
export async function meetingClaims(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<MeetingClaims[]> {
  const rows = await meeting<MeetingClaims>(tx, fabricId, keys, `m.kind, m.name, m.body, o.kind as "otherKind", o.name as "otherName", o.body as "otherBody",
    exists (select from resource x where x.fabric_id = o.fabric_id and x.kind = o.kind and x.name = o.name and x.desired_hash is null and x.base_hash is not null) as "otherLeaving"`);
  const keyOf = ({ kind, name, otherKind, otherName, otherLeaving }: MeetingClaims): string => `${kind}/${name} ${otherLeaving ? 1 : 0} ${otherKind}/${otherName}`;
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/**
 * What these objects take as they live, which the index need not hold: pairs with claims of others that live as they are indexed.
 * What only Git has clashes with nothing that lives.
 */
export async function meetingLiveClaims(tx: EntityManager, fabricId: string, objects: readonly IndexedObject[]): Promise<MeetingClaims[]> {
  const rows = claimRows(objects);
  if (rows.length === 0) return [];
  const mine = `select c.* from (select t.space, t.value, box(point(t.first, hashtext($1::uuid::text || t.space)), point(t.last, hashtext($1::uuid::text || t.space))) as area, t.kind, t.name, t.body
    from jsonb_to_recordset($2::jsonb) as t(space text, value text, first float8, last float8, kind text, name text, body jsonb)) c where true`;
  const found = await meetingOf<MeetingClaims & { lives: boolean }>(tx, fabricId, mine, JSON.stringify(rows), `m.kind, m.name, m.body, o.kind as "otherKind", o.name as "otherName", o.body as "otherBody", false as "otherLeaving",
    exists (select from resource x where x.fabric_id = o.fabric_id and x.kind = o.kind and x.name = o.name and x.live_hash = coalesce(x.desired_hash, x.live_hash)) as lives`);
  return found.filter(({ lives }) => lives).toSorted((a, b) => (`${a.kind}/${a.name} ${a.otherKind}/${a.otherName}` < `${b.kind}/${b.name} ${b.otherKind}/${b.otherName}` ? -1 : 1));
}
