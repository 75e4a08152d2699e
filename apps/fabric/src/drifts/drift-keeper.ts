import { systemActor } from '@heddle/contracts';
import type { NormalisedObject } from '@heddle/hedgehog';
import { Outbox } from '@heddle/messaging';
import { Clock, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { readManagers } from '../resources/live-managers.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import { driftPolicyOf } from './drift-policy.ts';
import { type DriftChange, type DriftRow, recentHeals, resolveDrifts, writeDrifts } from './drift-store.ts';
import { healDelayMs } from './heal-delay.ts';
import { driftFields, fieldsHash, judgeDrift, resolutionOf, severityOf } from './judge-drift.ts';
import { tellDetected } from './tell-detected.ts';
import { writeVerdicts } from './verdict-store.ts';

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
    const { open, settled } = await this.open(tx, fabric, drifted);
    await this.end(tx, fabric, settled);
    const over = new ObjectSet([...ended, ...settled]);
    return all.map((facts) => over.has(facts) ? { ...facts, drift: null } : { ...facts, drift: open.get(`${facts.kind}/${facts.name}`) ?? facts.drift });
  }

  private async end(tx: EntityManager, fabric: FabricEntity, ended: readonly ResourceFacts[]): Promise<void> {
    const items = ended.flatMap((facts) => facts.drift ? [{ driftId: facts.drift.id, kind: facts.kind, name: facts.name, resolution: resolutionOf(facts) }] : []);
    if (items.length === 0) return;
    await resolveDrifts(tx, this.clock.now(), items.map(({ driftId, resolution }) => ({ id: driftId, resolution })));
    await this.outbox.add(tx, 'drift.resolved', { fabricId: fabric.id, items }, { fabricId: fabric.id });
  }

  private async open(tx: EntityManager, fabric: FabricEntity, drifted: readonly Drifted[]): Promise<{ open: Map<string, NonNullable<ResourceFacts['drift']>>; settled: ResourceFacts[] }> {
    if (drifted.length === 0) return { open: new Map(), settled: [] };
    const changes = await this.changes(tx, fabric, drifted);
    const rows = await writeDrifts(tx, fabric.id, this.clock.now(), changes);
    const before = new Map(drifted.flatMap(({ facts: { drift } }) => drift ? [[drift.id, drift.state]] : []));
    await this.tellReopened(tx, rows, before);
    await tellDetected(tx, this.outbox, fabric.id, rows.filter(({ id, state }) => !before.has(id) || (before.get(id) === 'snoozed' && state === 'open')));
    const facts = new Map(drifted.map((each) => [`${each.facts.kind}/${each.facts.name}`, each.facts]));
    const differing = new ObjectSet(changes);
    const settled = drifted.filter(({ facts: each }) => each.drift && !differing.has(each)).map((each) => each.facts);
    const open = new Map(rows.map(({ id, kind, name, state, type, operationId, conflict = false, fields }) => [`${kind}/${name}`, {
      id, state, type, operationId, conflict, conflicts: fields.filter((field) => field.conflict).map(({ path }) => path),
      liveHash: facts.get(`${kind}/${name}`)?.liveHash ?? null, desiredHash: facts.get(`${kind}/${name}`)?.desiredHash ?? null,
    }]));
    return { open, settled };
  }

  /** What opens again by itself stands in the history of verdicts, too. */
  private async tellReopened(tx: EntityManager, rows: readonly DriftRow[], before: ReadonlyMap<string, string>): Promise<void> {
    const reopened = (from: string): DriftRow[] => rows.filter(({ id, state }) => state === 'open' && before.get(id) === from);
    const entry = { verdict: 'reopen' as const, actor: systemActor('fabric') };
    await writeVerdicts(tx, this.clock.now(), reopened('snoozed'), { ...entry, reason: 'What differs is no longer what was snoozed.' });
    await writeVerdicts(tx, this.clock.now(), reopened('reverting'), { ...entry, reason: 'The revert did not put it back.' });
  }

  private async changes(tx: EntityManager, fabric: FabricEntity, drifted: readonly Drifted[]): Promise<DriftChange[]> {
    const bodies = await readManifests<NormalisedObject>(tx, fabric.id, drifted.flatMap(({ facts }) => [facts.desiredHash, facts.liveHash, facts.baseHash]));
    const managers = await readManagers(tx, fabric.id, new ObjectSet(drifted.map(({ facts }) => facts)));
    const heals = drifted.some(({ facts }) => driftPolicyOf(fabric, facts.kind) === 'always_revert') ? await recentHeals(tx, fabric.id, this.clock.now()) : new Map<string, number>();
    return drifted.flatMap(({ facts, type }): DriftChange[] => {
      const { kind, name, desiredHash, liveHash, baseHash } = facts;
      const live = liveHash === null ? undefined : bodies.get(liveHash);
      const fields = driftFields(bodies.get(desiredHash ?? '') as NormalisedObject, live, bodies.get(baseHash ?? '') as NormalisedObject, managers.get(`${kind}/${name}`) ?? []);
      // Both sides came to the same: only Git differs from what lives now.
      if (type === 'changed' && fields.length === 0) return [];
      const healAt = driftPolicyOf(fabric, kind) === 'always_revert' ? new Date(this.clock.now().getTime() + healDelayMs(heals.get(`${kind}/${name}`) ?? 0)) : null;
      return [{
        id: this.ids.uuid(), kind, name, type, severity: severityOf(kind, type, fields), fields, conflict: fields.some(({ conflict }) => conflict), fields_hash: fieldsHash(type, fields),
        managers: [...new Set(fields.flatMap(({ manager }) => manager ?? []))].toSorted(), live_hash: liveHash, desired_hash: desiredHash, heal_at: healAt,
      }];
    });
  }
}

/** An open drift is written again when live or Git moved on, or when its revert ended without success. */
function isNews({ drift, liveHash, desiredHash }: ResourceFacts, type: 'changed' | 'deleted'): boolean {
  return !drift || drift.state === 'reverting' || drift.type !== type || drift.liveHash !== liveHash || drift.desiredHash !== desiredHash;
}
