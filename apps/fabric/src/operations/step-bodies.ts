import type { Step } from '@heddle/contracts';
import { keepLive, type NormalisedObject, type ResourceObject, toApply } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { isOwnedBy, isOwnedByOthers } from '../drifts/manager-of-field.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { PlannedStep } from '../plans/plan-sync.ts';
import { readManagers } from '../resources/live-managers.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';

/** What each step sends, by its id: the document as Git has it, with the fields that the fabric ignores as they live. */
export async function stepBodies(tx: EntityManager, fabric: FabricEntity, steps: readonly PlannedStep[]): Promise<Map<string, NonNullable<Step['body']>>> {
  const documents = await readManifests<ResourceObject>(tx, fabric.id, steps.map(({ rawHash }) => rawHash));
  const keys = new ObjectSet(fabric.ignoreRules.length === 0 ? [] : steps.filter(({ rawHash }) => rawHash !== null));
  const live = await readLive(tx, fabric.id, keys);
  const managers = await readManagers(tx, fabric.id, keys);
  return new Map(steps.flatMap((step): [string, NonNullable<Step['body']>][] => {
    if (step.rawHash === null) return [];
    const document = documents.get(step.rawHash);
    if (!document) throw new Error(`The document of ${step.kind} ${step.name} is not stored any more`);
    const there = live.get(`${step.kind}/${step.name}`);
    const owners = managers.get(`${step.kind}/${step.name}`) ?? [];
    const body = toApply(document);
    const sent = there && step.action !== 'create'
      ? keepLive(body, there, fabric.ignoreRules, { ownedBy: (path, names) => isOwnedBy(path, owners, names), ownedByOthers: (path) => isOwnedByOthers(path, owners) })
      : body;
    return [[step.stepId, sent as unknown as Record<string, unknown>]];
  }));
}

async function readLive(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, NormalisedObject>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<{ kind: string; name: string; body: NormalisedObject }>(tx,
    `select r.kind, r.name, m.body from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     join manifest m on m.fabric_id = r.fabric_id and m.hash = coalesce(r.live_full_hash, r.live_hash) where r.fabric_id = $1`, [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, body }) => [`${kind}/${name}`, body]));
}
