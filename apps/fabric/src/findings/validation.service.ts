import type { Finding, ObjectRef } from '@heddle/contracts';
import { CHANGE_RULE_IDS, checkObject, checkReferences, claimsClash, clashFinding, descriptorOf, existsIn, KINDS_WITH_CHANGE_RULES, type NormalisedObject } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';
import { joinSets } from '../resources/table-statistics.ts';
import { replaceObjectFindings } from './findings.ts';
import { type IndexedObject, indexObjects, type MeetingClaims, meetingClaims } from './index-objects.ts';
import { readNeighbourhood } from './neighbourhood.ts';
import { readFabricRules } from './rule-context.ts';

interface Place { path: string | null; document: number | null; line: number | null }

/** Says what is wrong with desired objects, again for each whose surroundings moved. */
@Injectable()
export class ValidationService {
  /** Indexes the objects as they count now, and validates them and those that depend on them. @returns all that were validated */
  async indexAndValidate(tx: EntityManager, fabricId: string, indexed: readonly IndexedObject[]): Promise<ObjectSet> {
    if (indexed.length === 0) return new ObjectSet();
    await joinSets(tx, indexed.length);
    const { affected, meeting } = await indexObjects(tx, fabricId, indexed);
    affected.add(indexed);
    await this.validate(tx, fabricId, affected, { of: new ObjectSet(indexed), meeting });
    return affected;
  }

  /** Again, after they changed in the cluster: those that differ from it now, or did, and that rules on changes judge. @returns all that were validated */
  async validateChanging(tx: EntityManager, fabricId: string, changed: ObjectSet): Promise<ObjectSet> {
    const keys = await changing(tx, fabricId, new ObjectSet(changed.list().filter(({ kind }) => KINDS_WITH_CHANGE_RULES.includes(kind))));
    await this.validate(tx, fabricId, keys);
    return keys;
  }

  /** @param known whose claims have been looked up, and which they are */
  async validate(tx: EntityManager, fabricId: string, keys: ObjectSet, known: { of: ObjectSet; meeting: readonly MeetingClaims[] } = { of: new ObjectSet(), meeting: [] }): Promise<void> {
    if (keys.size === 0) return;
    await joinSets(tx, keys.size);
    const places = await placesOf(tx, fabricId, keys);
    const desired = new ObjectSet(keys.list().filter(({ kind, name }) => places.has(`${kind}/${name}`)));
    const around = await readNeighbourhood(tx, fabricId, desired);
    const kinds = await knownKinds(tx, fabricId);
    const before = await readBefore(tx, fabricId, new ObjectSet(desired.list().filter(({ kind }) => KINDS_WITH_CHANGE_RULES.includes(kind))));
    const rules = await readFabricRules(tx, fabricId);
    const others = await meetingClaims(tx, fabricId, new ObjectSet(desired.list().filter((ref) => !known.of.has(ref))));
    const claims = Map.groupBy([...known.meeting, ...others], ({ kind, name }) => `${kind}/${name}`);
    const findings = desired.list().flatMap((ref) => {
      const object = around.get(ref.kind, ref.name);
      if (!object) return [];
      const key = `${ref.kind}/${ref.name}`;
      const place = places.get(key) as Place;
      const live = before.get(key);
      return [...checkObject(object, { lookup: around, ...rules, ...(live && { before: live }) }), ...checkReferences(object, existsIn(around, (kind) => kinds.has(kind)), around.isLeaving), ...clashes(claims.get(key) ?? [])]
        .map((finding) => located(finding, ref, place));
    });
    await replaceObjectFindings(tx, fabricId, 'object', keys, findings);
  }
}

/** What another object has taken already; each fault of a field once, with the first of the others. */
export function clashes(meeting: readonly MeetingClaims[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { kind, name, body, otherKind, otherName, otherBody, otherLeaving } of meeting) {
    if (findings.has(body.field) || !claimsClash(body, otherBody)) continue;
    const finding = clashFinding({ kind, name }, body, { kind: otherKind, name: otherName, leaving: otherLeaving });
    if (finding) findings.set(body.field, finding);
  }
  return [...findings.values()];
}

function located(finding: Finding, { kind, name }: ObjectRef, { path, document, line }: Place): Finding {
  return { ...finding, kind, name, ...(path !== null && { path }), ...(document !== null && { document }), ...(line !== null && { line }) };
}

async function placesOf(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, Place>> {
  const rows = await rowsOf<ObjectRef & Place>(tx,
    `select r.kind, r.name, r.path, r.document, r.line from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     where r.fabric_id = $1 and r.desired_hash is not null`, [fabricId, keys.json()]);
  return new Map(rows.map((row) => [`${row.kind}/${row.name}`, row]));
}

/** Bodies of those that live otherwise than Git has them. */
async function readBefore(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, NormalisedObject>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<ObjectRef & { body: NormalisedObject }>(tx,
    `select r.kind, r.name, m.body from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     join manifest m on m.fabric_id = r.fabric_id and m.hash = coalesce(r.live_full_hash, r.live_hash) where r.fabric_id = $1 and r.desired_hash <> r.live_hash`, [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, body }) => [`${kind}/${name}`, body]));
}

async function changing(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<ObjectSet> {
  if (keys.size === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select r.kind, r.name from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     where r.fabric_id = $1 and r.desired_hash is not null and (r.desired_hash <> r.live_hash
       or exists (select from finding f where f.fabric_id = $1 and f.kind = r.kind and f.name = r.name and f.source = 'object' and f.rule = any($3::text[])))`,
    [fabricId, keys.json(), CHANGE_RULE_IDS]));
}

/** Kinds that were listed at least once, or that Git alone defines. */
export async function knownKinds(tx: EntityManager, fabricId: string): Promise<Set<string>> {
  const rows = await rowsOf<{ kind: string }>(tx, 'select kind from watch where fabric_id = $1 and snapshot_at is not null', [fabricId]);
  return new Set(rows.map(({ kind }) => kind).filter((kind) => descriptorOf(kind)));
}
