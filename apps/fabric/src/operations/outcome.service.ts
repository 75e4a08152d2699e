import type { MessageData, ObjectRef } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, Logger, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { adoptLateWrites } from '../observations/adopt-late-writes.ts';
import { itemOfAnswer, type LiveItem } from '../observations/live-item.ts';
import { LiveStore } from '../observations/live-store.ts';
import { ObservationService } from '../observations/observation.service.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { joinSets } from '../resources/table-statistics.ts';
import { TAKEN_BACK } from './causes.ts';
import { type Folded, foldOutcomes } from './fold-outcomes.ts';
import { OperationEnd } from './operation-end.ts';
import { OperationEntity } from './operation.entity.ts';
import { countOutcomes, isOver, readSteps, updateSteps } from './step-store.ts';
import { HopMetrics } from '../telemetry/hop-metrics.ts';

/** Takes in what became of steps: base, live, failures, and the end of the operation with the last of them. */
@Injectable()
export class OutcomeService {
  constructor(
    private readonly outbox: Outbox, private readonly clock: Clock, private readonly live: LiveStore,
    private readonly observations: ObservationService, private readonly review: ReviewService, private readonly end: OperationEnd,
    private readonly queue: PlanQueue, private readonly hops: HopMetrics, private readonly logger: Logger,
  ) {}

  async take(tx: EntityManager, data: MessageData<'steps.finished'>): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    const operation = await tx.getRepository(OperationEntity).findOneBy({ id: data.operationId, fabricId: data.fabricId });
    if (!fabric) return;
    if (!operation || operation.state !== 'in_progress') return this.lookAgain(tx, fabric, data);
    await joinSets(tx, data.outcomes.length);
    const folded = foldOutcomes(await readSteps(tx, operation.id, data.outcomes.map(({ stepId }) => stepId)), data.outcomes);
    if (folded.length === 0) return;
    await updateSteps(tx, operation.id, folded.map(({ after }) => after));
    await this.record(tx, fabric, operation, folded);
    operation.heartbeatAt = this.clock.now();
    // What is held back behind these may go now, or never.
    if (operation.dispatchAt !== null) operation.dispatchAt = this.clock.now();
    await tx.update(OperationEntity, operation.id, { heartbeatAt: operation.heartbeatAt, dispatchAt: operation.dispatchAt });
    if (operation.dispatchAt !== null) this.queue.wakeAfter(tx);
    const counts = await countOutcomes(tx, operation.id);
    // That a step is tried again and again is no progress: it stands in the operation's view, not in the log of events.
    const moved = folded.filter(({ before, after }) => before.state !== after.state || before.reason !== after.reason);
    if (moved.length > 0) await this.outbox.add(tx, 'operation.progressed', {
      fabricId: fabric.id, operationId: operation.id, total: counts.total, finished: counts.done + counts.stalled + counts.notStarted,
      items: moved.map(({ before, after }) => ({ kind: before.kind, name: before.name, action: before.action, outcome: after.state, reason: after.reason })),
    }, { fabricId: fabric.id });
    if (isOver(counts)) await this.end.finish(tx, fabric, operation);
  }

  /** Nobody waits for these any more. A write that landed all the same is not believed but looked for: the next plan starts from what the watch sees. */
  private async lookAgain(tx: EntityManager, fabric: FabricEntity, { operationId, outcomes }: MessageData<'steps.finished'>): Promise<void> {
    const known = new Map((await readSteps(tx, operationId, outcomes.map(({ stepId }) => stepId))).map((step) => [step.stepId, step]));
    const late = outcomes.filter(({ stepId, attempt, outcome }) => outcome.type === 'done' && outcome.changed && (known.get(stepId)?.state !== 'done' || known.get(stepId)?.attempt !== attempt));
    if (late.length === 0) return;
    this.logger.warn('steps of an operation that has ended took effect', { fabricId: fabric.id, operationId, steps: late.map(({ stepId }) => stepId) });
    await this.queue.wantAutomatic(tx, fabric);
  }

  private async record(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, folded: readonly Folded[]): Promise<void> {
    const told = lastWords(folded);
    const another = await remade(tx, fabric.id, told);
    this.hops.took(tx, 'applied', await writeBases(tx, fabric.id, operation.id, this.clock.now(), told, another));
    const change = await this.live.write(tx, fabric, told.filter(({ before }) => !another.has(before)).flatMap(itemOf), { type: 'answer' });
    // Seen by the watch before it was given up.
    await adoptLateWrites(tx, fabric.id, new ObjectSet(folded.filter(({ before, isFinal }) => isFinal && before.action === 'create').map(({ before }) => before)), this.clock.now());
    await this.observations.absorb(tx, fabric, change, operation);
    const keys = new ObjectSet(folded.filter(({ isFinal }) => isFinal).map(({ before }) => before));
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: operation.actor, commit: operation.commit, operationId: operation.id });
  }
}

/** Of each object one outcome that says how it is now: where a write is done, it came after the delete or the taking of ownership of the same operation. */
function lastWords(folded: readonly Folded[]): Folded[] {
  const isWritten = ({ before, after }: Folded): boolean => after.state === 'done' && before.desiredHash !== null;
  const written = new ObjectSet(folded.filter(isWritten).map(({ before }) => before));
  return folded.filter((each) => each.after.state !== 'done' || isWritten(each) || !written.has(each.before));
}

/** Objects of which a delete is told, and that live by now under another uid: made anew, which the delete says nothing of. */
async function remade(tx: EntityManager, fabricId: string, folded: readonly Folded[]): Promise<ObjectSet> {
  const deletes = folded.filter(({ before, after, live }) => before.action === 'delete' && before.uid !== null && after.state === 'done' && !live).map(({ before: { kind, name, uid } }) => ({ kind, name, uid }));
  if (deletes.length === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx,
    `select r.kind, r.name from resource r join jsonb_to_recordset($2::jsonb) as t(kind text, name text, uid text) on r.kind = t.kind and r.name = t.name
     where r.fabric_id = $1 and r.uid <> t.uid`, [fabricId, JSON.stringify(deletes)]));
}

/** What the answer to a write says about the live object; a delete that is complete says that it is gone. */
function itemOf({ before, after, live }: Folded): LiveItem[] {
  if (after.state !== 'done') return [];
  if (live) return [itemOfAnswer(before.kind, live)];
  if (before.action !== 'delete') return [];
  return [{ kind: before.kind, name: before.name, uid: '', resourceVersion: '', generation: 0, deletingSince: null, finalizers: [], object: null, managers: [] }];
}

/**
 * What Heddle applied last is what the step wrote; an object that ends its last step is in nobody's hands any more.
 * A failure is remembered together with what was wanted: it is void as soon as Git asks for something else.
 * @returns for each object that was applied the seconds since it was stored
 */
async function writeBases(tx: EntityManager, fabricId: string, operationId: string, at: Date, folded: readonly Folded[], another: ObjectSet): Promise<number[]> {
  const rows = folded.filter(({ isFinal }) => isFinal).map(({ before, after }) => ({
    kind: before.kind, name: before.name, applied: after.state === 'done' && before.desiredHash !== null, deleted: after.state === 'done' && before.action === 'delete' && !another.has(before),
    hash: before.desiredHash, over: before.action !== 'take_ownership',
    failure: isFailure(after) ? { desiredHash: before.desiredHash, reason: after.reason, message: after.message, operationId } : null,
  })).filter(({ over, failure }) => over || failure);
  const written = await rowsOf<{ seconds: string | null }>(tx,
    `update resource r set
       base_hash = case when t.applied then t.hash when t.deleted then null else r.base_hash end,
       applied_at = case when t.applied then $2 else r.applied_at end,
       failure = t.failure, in_flight = case when t.over and r.in_flight = $3 and not exists (select from step s where s.operation_id = $3 and s.kind = r.kind and s.name = r.name and s.action = 'create' and s.state in ('planned', 'sent', 'waiting', 'retry'))
         then null else r.in_flight end
     from jsonb_to_recordset($4::jsonb) as t(kind text, name text, applied boolean, deleted boolean, hash text, over boolean, failure jsonb)
     where r.fabric_id = $1 and r.kind = t.kind and r.name = t.name
     returning case when t.applied then extract(epoch from r.applied_at - r.stored_at) end as seconds`, [fabricId, at, operationId, JSON.stringify(rows)]);
  return written.flatMap(({ seconds }) => (seconds === null ? [] : [Number(seconds)]));
}

function isFailure({ state, reason }: Folded['after']): boolean {
  return state === 'stalled' || (state === 'not_started' && !TAKEN_BACK.has(reason));
}
