import type { FieldManager } from '@heddle/contracts';
import type { NormalisedObject } from '@heddle/hedgehog';
import { Outbox } from '@heddle/messaging';
import { Clock, Ids, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import { type DriftChange, driftView, recentHeals, resolveDrifts, writeDrifts } from './drift-store.ts';
import { healDelayMs } from './heal-delay.ts';
import { driftFields, judgeDrift, resolutionOf, severityOf } from './judge-drift.ts';

type Drifted = { facts: ResourceFacts; type: 'changed' | 'deleted' };

/** Keeps the inbox of drifts in step with the facts. */
@Injectable()
export class DriftKeeper {
  constructor(private readonly outbox: Outbox, private readonly clock: Clock, private readonly ids: Ids) {}

  /** @returns the facts with their drifts as they are now */
  async keep(tx: EntityManager, fabric: FabricEntity, all: readonly ResourceFacts[]): Promise<ResourceFacts[]> {
    const drifted: Drifted[] = [];
    const ended: ResourceFacts[] = [];
    for (const facts of all) {
      const verdict = judgeDrift(facts);
      if (verdict === 'none' && facts.drift) ended.push(facts);
      if ((verdict === 'changed' || verdict === 'deleted') && isNews(facts, verdict)) drifted.push({ facts, type: verdict });
    }
    await this.end(tx, fabric, ended);
    const open = await this.open(tx, fabric, drifted);
    const over = new ObjectSet(ended);
    return all.map((facts) => over.has(facts) ? { ...facts, drift: null } : { ...facts, drift: open.get(`${facts.kind}/${facts.name}`) ?? facts.drift });
  }

  private async end(tx: EntityManager, fabric: FabricEntity, ended: readonly ResourceFacts[]): Promise<void> {
    const items = ended.flatMap((facts) => facts.drift ? [{ driftId: facts.drift.id, kind: facts.kind, name: facts.name, resolution: resolutionOf(facts) }] : []);
    if (items.length === 0) return;
    await resolveDrifts(tx, this.clock.now(), items.map(({ driftId, resolution }) => ({ id: driftId, resolution })));
    await this.outbox.add(tx, 'drift.resolved', { fabricId: fabric.id, items }, { fabricId: fabric.id });
  }

  private async open(tx: EntityManager, fabric: FabricEntity, drifted: readonly Drifted[]): Promise<Map<string, NonNullable<ResourceFacts['drift']>>> {
    if (drifted.length === 0) return new Map();
    const rows = await writeDrifts(tx, fabric.id, this.clock.now(), await this.changes(tx, fabric, drifted));
    const before = new Set(drifted.flatMap(({ facts }) => facts.drift?.id ?? []));
    const fresh = rows.filter(({ id }) => !before.has(id)).map(driftView);
    for (let at = 0; at < fresh.length; at += 50) await this.outbox.add(tx, 'drift.detected', { fabricId: fabric.id, items: fresh.slice(at, at + 50) }, { fabricId: fabric.id });
    const live = new Map(drifted.map(({ facts }) => [`${facts.kind}/${facts.name}`, facts.liveHash]));
    return new Map(rows.map(({ id, kind, name, state, type, operationId }) => [`${kind}/${name}`, { id, state, type, operationId, liveHash: live.get(`${kind}/${name}`) ?? null }]));
  }

  private async changes(tx: EntityManager, fabric: FabricEntity, drifted: readonly Drifted[]): Promise<DriftChange[]> {
    const bodies = await readManifests<NormalisedObject>(tx, fabric.id, drifted.flatMap(({ facts }) => [facts.desiredHash, facts.liveHash, facts.baseHash]));
    const managers = await readManagers(tx, fabric.id, new ObjectSet(drifted.map(({ facts }) => facts)));
    const heals = fabric.selfHeal ? await recentHeals(tx, fabric.id, this.clock.now()) : new Map<string, number>();
    return drifted.map(({ facts, type }) => {
      const { kind, name, desiredHash, liveHash, baseHash } = facts;
      const live = liveHash === null ? undefined : bodies.get(liveHash);
      const fields = driftFields(bodies.get(desiredHash ?? '') as NormalisedObject, live, bodies.get(baseHash ?? '') as NormalisedObject, managers.get(`${kind}/${name}`) ?? []);
      const healAt = fabric.selfHeal ? new Date(this.clock.now().getTime() + healDelayMs(heals.get(`${kind}/${name}`) ?? 0)) : null;
      return {
        id: this.ids.uuid(), kind, name, type, severity: severityOf(kind, type, fields), fields,
        managers: [...new Set(fields.flatMap(({ manager }) => manager ?? []))].toSorted(), live_hash: liveHash, heal_at: healAt,
      };
    });
  }
}

/** An open drift is written again when live moved on, or when its revert ended without success. */
function isNews({ drift, liveHash }: ResourceFacts, type: 'changed' | 'deleted'): boolean {
  return !drift || drift.state === 'reverting' || drift.type !== type || drift.liveHash !== liveHash;
}

async function readManagers(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, FieldManager[]>> {
  const rows = await rowsOf<{ kind: string; name: string; managers: FieldManager[] }>(tx,
    `select m.kind, m.name, m.managers from live_managers m join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on m.kind = k.kind and m.name = k.name where m.fabric_id = $1`,
    [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, managers }) => [`${kind}/${name}`, managers]));
}
