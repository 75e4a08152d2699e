import type { judgeDriftsSchema, JudgedDrifts, Verdict } from '@heddle/contracts';
import { MOST_VERDICTS } from '@heddle/contracts';
import { AuditTrail, Clock, Database, HeddleError, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric, lockFabric } from '../fabrics/lock-fabric.ts';
import { DRIFT_COLUMNS, type DriftRow, listedDrifts } from './drift-store.ts';
import { driftPolicyOf } from './drift-policy.ts';
import { RevertService } from './revert.service.ts';
import { snoozeEnd, verdictRefusal } from './verdict-refusal.ts';
import { writeVerdicts } from './verdict-store.ts';

export interface Judgement { verdict: Verdict; until?: string | undefined; reason?: string | undefined }

type Item = JudgedDrifts['items'][number];

/** Takes people's verdicts on drifts: all of one fabric in one transaction, each with a result of its own. */
@Injectable()
export class VerdictService {
  constructor(private readonly database: Database, private readonly reverts: RevertService, private readonly audit: AuditTrail, private readonly clock: Clock) {}

  /** @throws what the drift is refused for */
  async judgeOne(driftId: string, judgement: Judgement): Promise<Item> {
    const until = judgement.until === undefined ? null : snoozeEnd(judgement.until, this.clock.now());
    return this.database.transaction(async (tx) => {
      const [found] = await readDrifts(tx, [driftId]);
      const fabric = found ? await lockFabric(tx, found.fabricId) : null;
      const [drift] = fabric ? await readDrifts(tx, [driftId]) : [];
      const refusal = verdictRefusal(drift, driftId, judgement.verdict, fabric ? driftPolicyOf(fabric, drift?.kind ?? '') : 'ask');
      if (refusal) throw refusal;
      const operationId = await this.carryOut(tx, fabric as FabricEntity, [drift as DriftRow], judgement, until);
      return accepted(drift as DriftRow, operationId);
    });
  }

  async judge({ ids, filter, ...judgement }: z.output<typeof judgeDriftsSchema>): Promise<JudgedDrifts> {
    const until = judgement.until === undefined ? null : snoozeEnd(judgement.until, this.clock.now());
    const { manager } = this.database.dataSource;
    const found = ids ? await readDrifts(manager, [...new Set(ids)]) : await this.filtered(manager, filter as NonNullable<typeof filter>, judgement.verdict);
    const chosen = found.slice(0, MOST_VERDICTS);
    const items: Item[] = [];
    for (const [fabricId, drifts] of Map.groupBy(chosen, (drift) => drift.fabricId)) items.push(...await this.judgeFabric(fabricId, drifts, judgement, until));
    const known = new Set(chosen.map(({ id }) => id));
    const unknown = [...new Set(ids ?? [])].filter((id) => !known.has(id)).map((id) => refused({ id }, verdictRefusal(undefined, id, judgement.verdict, 'ask') as HeddleError));
    return { items: [...items, ...unknown], more: found.length > MOST_VERDICTS };
  }

  private async filtered(tx: EntityManager, { fabric: reference, ...filter }: { fabric: string } & Parameters<typeof listedDrifts>[1]['filter'], verdict: Verdict): Promise<DriftRow[]> {
    const fabric = await findFabric(tx, reference);
    // What is snoozed already is not snoozed again unless it is named.
    const states = verdict === 'revert' ? ['open', 'snoozed'] as const : ['open'] as const;
    return listedDrifts(tx, { fabricId: fabric.id, states: [...states], filter, after: null, limit: MOST_VERDICTS + 1 });
  }

  private async judgeFabric(fabricId: string, drifts: readonly DriftRow[], judgement: Judgement, until: Date | null): Promise<Item[]> {
    try {
      return await this.database.transaction(async (tx) => {
        const fabric = await lockFabric(tx, fabricId);
        const now = new Map((await readDrifts(tx, drifts.map(({ id }) => id))).map((drift) => [drift.id, drift]));
        const judged = drifts.map((drift) => ({ drift, refusal: verdictRefusal(now.get(drift.id), drift.id, judgement.verdict, fabric ? driftPolicyOf(fabric, drift.kind) : 'ask') }));
        const taken = judged.flatMap(({ drift, refusal }) => refusal ? [] : [now.get(drift.id) as DriftRow]);
        const operationId = fabric && taken.length > 0 ? await this.carryOut(tx, fabric, taken, judgement, until) : null;
        return judged.map(({ drift, refusal }) => refusal ? refused(drift, refusal) : accepted(drift, operationId));
      });
    } catch (error) {
      // What keeps one of the fabric's drifts back keeps all: an operation in progress, a fabric in maintenance.
      if (!(error instanceof HeddleError)) throw error;
      return drifts.map((drift) => refused(drift, error));
    }
  }

  private async carryOut(tx: EntityManager, fabric: FabricEntity, drifts: readonly DriftRow[], { verdict, reason = '' }: Judgement, until: Date | null): Promise<string | null> {
    const subject = drifts.length === 1 ? `fabric/${fabric.name}/${drifts[0]!.kind}/${drifts[0]!.name}` : `fabric/${fabric.name}`;
    const operation = verdict === 'revert' ? await this.reverts.revert(tx, fabric, drifts, reason) : null;
    if (verdict === 'snooze') await this.snooze(tx, drifts, reason, until as Date);
    await this.audit.append(tx, { action: `drift.${verdict}`, subject, outcome: 'done', details: { drifts: drifts.map(({ id }) => id), reason, ...(operation && { operationId: operation.id }), ...(until && { until: until.toISOString() }) } });
    return operation?.id ?? null;
  }

  private async snooze(tx: EntityManager, drifts: readonly DriftRow[], reason: string, until: Date): Promise<void> {
    await tx.query(`update drift set state = 'snoozed', snoozed_until = $2, snooze_reason = $3, heal_at = null where id = any($1::uuid[])`, [drifts.map(({ id }) => id), until, reason]);
    await writeVerdicts(tx, this.clock.now(), drifts, { verdict: 'snooze', reason, until });
  }
}

async function readDrifts(tx: EntityManager, ids: readonly string[]): Promise<DriftRow[]> {
  return rowsOf<DriftRow>(tx, `select ${DRIFT_COLUMNS} from drift d where d.id = any($1::uuid[]) order by d.fabric_id, d.id`, [ids]);
}

function accepted({ id, kind, name }: DriftRow, operationId: string | null): Item {
  return { driftId: id, kind, name, outcome: 'accepted', ...(operationId && { operationId }) };
}

function refused({ id, kind = null, name = null }: { id: string; kind?: string | null; name?: string | null }, { code, message, remedy }: HeddleError): Item {
  return { driftId: id, kind, name, outcome: 'refused', code, message, remedy };
}
