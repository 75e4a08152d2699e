import type { Finding, ObjectRef } from '@heddle/contracts';
import { checkObject, checkReferences, existsIn, type NormalisedObject, referencesOf } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';
import { replaceLiveFindings } from './findings.ts';
import { meetingLiveClaims } from './index-objects.ts';
import { readNeighbourhood } from './neighbourhood.ts';
import { readFabricRules } from './rule-context.ts';
import { clashes, knownKinds } from './validation.service.ts';

interface LiveRow extends ObjectRef { object: NormalisedObject }

/**
 * Holds the rules against what lives in the cluster where Git has nothing of it or something else: upstream checks an object
 * when it is written, never again. What lives as Git has it is judged as such.
 */
@Injectable()
export class ComplianceService {
  /** Of these objects; those that live as in Git lose their findings. */
  async check(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<void> {
    if (keys.size === 0) return;
    const rows = await readDiffering(tx, fabricId, keys);
    await replaceLiveFindings(tx, fabricId, keys, rows.length === 0 ? [] : await this.findings(tx, fabricId, rows));
  }

  private async findings(tx: EntityManager, fabricId: string, rows: readonly LiveRow[]): Promise<Finding[]> {
    const named = rows.flatMap(({ object }) => referencesOf(object).map(({ toKind, toName }) => ({ kind: toKind, name: toName })));
    const around = await readNeighbourhood(tx, fabricId, new ObjectSet(rows), { side: 'live', also: named });
    const known = await knownKinds(tx, fabricId);
    const { settings } = await readFabricRules(tx, fabricId);
    const exists = existsIn(around, (kind) => known.has(kind));
    const claims = Map.groupBy(await meetingLiveClaims(tx, fabricId, rows), ({ kind, name }) => `${kind}/${name}`);
    return rows.flatMap(({ kind, name, object }) =>
      [...checkObject(object, { lookup: around, settings }), ...checkReferences(object, exists), ...clashes(claims.get(`${kind}/${name}`) ?? [])].map((finding) => ({ ...finding, kind, name })));
  }
}

/** Those of the objects that live otherwise than Git has them, without what an operation is about to write. */
async function readDiffering(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<LiveRow[]> {
  return rowsOf<LiveRow>(tx,
    `select r.kind, r.name, m.body as object from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     join manifest m on m.fabric_id = r.fabric_id and m.hash = coalesce(r.live_full_hash, r.live_hash)
     where r.fabric_id = $1 and r.desired_hash is distinct from r.live_hash and r.in_flight is null and r.deleting_since is null order by r.kind, r.name`, [fabricId, keys.json()]);
}
