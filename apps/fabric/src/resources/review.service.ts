import { rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DriftKeeper } from '../drifts/drift-keeper.ts';
import { SyncStates } from '../fabrics/change-sync.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { resourceMachine } from '../state/resource-machine.ts';
import { type Cause, type Transition, writeHistory } from './history.ts';
import { judgeState, type Judgement } from './judge-state.ts';
import type { ObjectSet } from './object-ref.ts';
import { readFacts, type ResourceFacts } from './resource-facts.ts';

/**
 * The one place where the state of objects changes: whatever moved (Git, the cluster, an outcome, an Agent), the facts
 * are judged anew, drifts are opened and ended, and each transition is written to history.
 */
@Injectable()
export class ReviewService {
  constructor(private readonly drifts: DriftKeeper, private readonly sync: SyncStates) {}

  async review(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet, cause: Cause): Promise<void> {
    if (keys.size === 0) return;
    const facts = await this.drifts.keep(tx, fabric, await readFacts(tx, fabric.id, keys));
    const judged = facts.map((each) => ({ facts: each, judgement: judgeState(each) }))
      .filter(({ facts: { state, reason, message }, judgement }) => judgement.state !== state || judgement.reason !== reason || judgement.message !== message);
    await writeStates(tx, fabric.id, cause.at, judged);
    await writeHistory(tx, fabric.id, cause, judged.flatMap(({ facts: each, judgement }) => transitionsOf(each, judgement)));
    await this.sync.refresh(tx, fabric);
  }
}

/**
 * What was seen may be several transitions ahead: history shows each state that was passed. A row is born `deleted`
 * without a reason: its first entry comes from nowhere.
 */
export function transitionsOf(facts: ResourceFacts, { state: to, reason, message }: Judgement): Transition[] {
  const { kind, name, state, desiredHash, liveHash } = facts;
  const first = state === 'deleted' && facts.reason === '' ? null : state;
  const route = resourceMachine.route(state, to) ?? [to];
  return route.map((next, index) => ({ kind, name, from: index === 0 ? first : route[index - 1]!, to: next, reason, message, desiredHash, liveHash }));
}

async function writeStates(tx: EntityManager, fabricId: string, at: Date, judged: readonly { facts: ResourceFacts; judgement: Judgement }[]): Promise<void> {
  if (judged.length === 0) return;
  const rows = judged.map(({ facts: { kind, name, state }, judgement }) => ({ kind, name, ...judgement, moved: judgement.state !== state }));
  await rowsOf(tx,
    `update resource r set state = t.state, reason = t.reason, message = t.message, since = case when t.moved then $2 else r.since end
     from jsonb_to_recordset($3::jsonb) as t(kind text, name text, state text, reason text, message text, moved boolean)
     where r.fabric_id = $1 and r.kind = t.kind and r.name = t.name`, [fabricId, at, JSON.stringify(rows)]);
}
