import type { FieldManager, ObjectRef } from '@heddle/contracts';
import { NORMALISER_VERSION, type NormalisedObject } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { toolManagers } from '../drifts/manager-of-field.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { FadingVpc } from './vni-pause.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { FACTS, type ResourceFacts } from '../resources/resource-facts.ts';
import { joinSets } from '../resources/table-statistics.ts';
import type { PlanObject } from './plan-object.ts';
import type { PlanVersions } from './plan-sync.ts';

/** Agents that have to carry an object, and those that were seen to: a VPC that is attached nowhere stands in some all the same. */
export const CARRYING = `array(select distinct a from unnest(r.concerned || array(select jsonb_object_keys(r.carried))) as a order by 1)`;

type FactsOnSwitches = ResourceFacts & { concerned: string[] };

/** The objects that a plan has to look at: those where desired, live and base differ. Its cost is theirs alone. */
export async function differingObjects(tx: EntityManager, fabricId: string): Promise<PlanObject[]> {
  return withBodies(tx, fabricId, await rowsOf<FactsOnSwitches>(tx,
    `select ${FACTS}, ${CARRYING} as concerned from resource r where r.fabric_id = $1
       and (r.desired_hash is distinct from r.live_hash or r.desired_hash is distinct from r.base_hash)
       and (r.desired_hash is not null or r.base_hash is not null) order by r.kind, r.name`, [fabricId]));
}

/** These objects, whatever they differ in. */
export async function namedObjects(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<PlanObject[]> {
  return withBodies(tx, fabricId, await rowsOf<FactsOnSwitches>(tx,
    `select ${FACTS}, ${CARRYING} as concerned from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     where r.fabric_id = $1 order by r.kind, r.name`, [fabricId, keys.json()]));
}

async function withBodies(tx: EntityManager, fabricId: string, facts: readonly FactsOnSwitches[]): Promise<PlanObject[]> {
  await joinSets(tx, facts.length);
  const bodies = await readManifests<NormalisedObject>(tx, fabricId, facts.flatMap(({ desiredHash, desiredFullHash, liveHash }) => [desiredHash, desiredFullHash, liveHash]));
  const managers = await readToolManagers(tx, fabricId, new ObjectSet(facts.filter(({ baseHash, liveHash }) => baseHash === null && liveHash !== null)));
  const neededBy = await readNeededBy(tx, fabricId, new ObjectSet(facts.filter(({ desiredHash }) => desiredHash === null)));
  return facts.map((each) => ({ ...planObject(each, bodies, managers), neededBy: neededBy.get(`${each.kind}/${each.name}`) ?? [] }));
}

function planObject(facts: FactsOnSwitches, bodies: ReadonlyMap<string, NormalisedObject>, managers: ReadonlyMap<string, string[]>): PlanObject {
  const { kind, name, desiredHash, desiredFullHash, rawHash, liveHash, baseHash, held, errors, uid, resourceVersion, managed, deletingSince, concerned, drift } = facts;
  // What the fabric ignores is left alone where the object lives; what does not is made as Git has it.
  const desired = desiredHash === null ? undefined : bodies.get((liveHash === null ? desiredFullHash : null) ?? desiredHash);
  const live = liveHash === null ? undefined : bodies.get(liveHash);
  // Without its body a desired object would look like one that Git asks for no longer, and be deleted.
  if (desiredHash !== null && !desired) throw new Error(`The body of ${kind} ${name} is not stored any more`);
  return {
    kind, name, baseHash, held, errors, drift, switches: concerned,
    desired: desired ? { hash: desiredHash as string, rawHash: rawHash as string, object: desired } : null,
    live: live ? {
      hash: liveHash as string, object: live, uid: uid ?? '', resourceVersion: resourceVersion ?? '', managed, deleting: deletingSince !== null,
      foreignManagers: managers.get(`${kind}/${name}`) ?? [],
    } : null,
  };
}

async function readToolManagers(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, string[]>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<ObjectRef & { managers: FieldManager[] }>(tx,
    `select m.kind, m.name, m.managers from live_managers m join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on m.kind = k.kind and m.name = k.name where m.fabric_id = $1`,
    [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, managers }) => [`${kind}/${name}`, toolManagers(managers)]));
}

/** Which objects that Git has name those that it has no more; three of each. */
async function readNeededBy(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, string[]>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<ObjectRef & { by: string[] }>(tx,
    `select k.kind, k.name, (array_agg(distinct f.from_kind || ' ' || f.from_name order by f.from_kind || ' ' || f.from_name))[1:3] as by from jsonb_to_recordset($2::jsonb) as k(kind text, name text)
     join reference f on f.fabric_id = $1 and f.to_kind = k.kind and f.to_name = k.name
     join resource r on r.fabric_id = $1 and r.kind = f.from_kind and r.name = f.from_name and r.desired_hash is not null group by 1, 2`, [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, by }) => [`${kind}/${name}`, by]));
}

export function versionsOf({ revision, tree }: FabricEntity): PlanVersions {
  return { commit: revision?.commit ?? null, tree, normaliser: NORMALISER_VERSION };
}

/** Kinds that Git or the inventory has and the cluster was not listed for yet: a plan would take their objects for absent. */
export async function unseenKinds(tx: EntityManager, fabricId: string): Promise<string[]> {
  const rows = await rowsOf<{ kind: string }>(tx,
    `select distinct r.kind from resource_tally r where r.fabric_id = $1 and (r.desired or r.based) and r.objects > 0
       and not exists (select from watch w where w.fabric_id = r.fabric_id and w.kind = r.kind and (w.snapshot_at is not null or w.reason = 'KindMissing')) order by 1`, [fabricId]);
  return rows.map(({ kind }) => kind);
}

/** VPCs that are gone from the API server and that Agents still have to drop: their VNI may be given to another one. */
export async function fadingVpcs(tx: EntityManager, fabricId: string): Promise<FadingVpc[]> {
  return rowsOf<FadingVpc>(tx,
    `select name, waiting_for as agents from resource where fabric_id = $1 and kind = 'VPC' and gone_hash is not null and cardinality(waiting_for) > 0 order by name`, [fabricId]);
}
