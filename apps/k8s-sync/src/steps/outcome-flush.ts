import type { MessageInput, Outcome } from '@heddle/contracts';
import { Database, describeError, inTrace, LeaseLost, rowsOf, runInContext, sleep, type Lease, type Logger } from '@heddle/platform';
import type { Outbox } from '@heddle/messaging';
import type { JobContext } from './step-store.ts';
import { stepKey } from './step-store.ts';

export interface FinishedStep {
  readonly operationId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly jobId: string;
  readonly context: JobContext;
  readonly at: Date;
  readonly outcome: Outcome;
}

type FinishedMessage = MessageInput<'steps.finished'>;

const FLUSH_MS = 100;
const FLUSH_STEPS = 100;
/** Under the bus's 256 KB, with room for the envelope. */
const MESSAGE_BYTES = 200_000;

/** Gathers outcomes and stores them with their messages, in one transaction that the lease vouches for. */
export class OutcomeFlush {
  readonly #waiting = new Map<string, FinishedStep>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #lost = false;

  constructor(
    private readonly fabricId: string,
    private readonly lease: Lease,
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly logger: Logger,
  ) {}

  /** The newest outcome of a step replaces one that waits. */
  add(step: FinishedStep): void {
    const key = stepKey(step);
    this.#waiting.delete(key);
    this.#waiting.set(key, step);
    if (this.#waiting.size >= FLUSH_STEPS) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Resolves when all that was added is stored, or the lease is lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#run());
    return this.#flushing;
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#lost) {
      const batch = [...this.#waiting.values()].slice(0, FLUSH_STEPS);
      try {
        await this.#store(batch);
        for (const step of batch) if (this.#waiting.get(stepKey(step)) === step) this.#waiting.delete(stepKey(step));
      } catch (error) {
        if (error instanceof LeaseLost || this.lease.signal.aborted) {
          // Whoever has the lease now looks at these steps himself.
          this.#lost = true;
          this.#waiting.clear();
          return;
        }
        this.logger.warn('storing outcomes failed', { fabricId: this.fabricId, steps: batch.length, error: describeError(error) });
        await sleep(500, this.lease.signal);
      }
    }
  }

  async #store(batch: readonly FinishedStep[]): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.lease.assertIn(tx);
      const sorted = [...batch].sort((a, b) => (stepKey(a) < stepKey(b) ? -1 : 1));
      const rows = await rowsOf<{ operationId: string; stepId: string; attempt: number }>(tx,
        `UPDATE step s SET outcome = k.outcome,
           state = CASE WHEN k.final THEN 'finished' ELSE s.state END,
           spec = CASE WHEN k.final THEN NULL ELSE s.spec END,
           finished_at = CASE WHEN k.final THEN now() END
         FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::jsonb[], $5::boolean[]) AS k(operation_id, step_id, attempt, outcome, final)
         WHERE s.operation_id = k.operation_id AND s.step_id = k.step_id AND s.attempt = k.attempt AND s.state <> 'finished'
         RETURNING s.operation_id AS "operationId", s.step_id AS "stepId", s.attempt`,
        [sorted.map((step) => step.operationId), sorted.map((step) => step.stepId), sorted.map((step) => step.attempt),
          sorted.map((step) => JSON.stringify(withoutLive(step.outcome))), sorted.map((step) => isFinal(step.outcome))]);
      const stored = new Set(rows.map(stepKey));
      const told = batch.filter((step) => stored.has(stepKey(step)));
      for (const group of groupByJob(told)) {
        const { context } = group[0]!;
        await inTrace(context.traceparent, () => runInContext(context, async () => {
          for (const message of this.#messages(group)) await this.outbox.add(tx, 'steps.finished', message, { fabricId: this.fabricId, epoch: this.lease.epoch });
        }));
      }
    });
  }

  #messages(group: readonly FinishedStep[]): FinishedMessage[] {
    const { operationId, jobId } = group[0]!;
    const head = { fabricId: this.fabricId, operationId, jobId, epoch: this.lease.epoch };
    const chunks: FinishedMessage['outcomes'][] = [[]];
    let size = 0;
    for (const step of group) {
      const item = { stepId: step.stepId, attempt: step.attempt, at: step.at.toISOString(), outcome: this.#fitting(step) };
      const bytes = Buffer.byteLength(JSON.stringify(item));
      if (size > 0 && size + bytes > MESSAGE_BYTES) {
        chunks.push([]);
        size = 0;
      }
      chunks.at(-1)!.push(item);
      size += bytes;
    }
    return chunks.map((outcomes) => ({ ...head, outcomes }));
  }

  /** A live object that is too large for one message is told without its managers, or by its metadata alone. */
  #fitting(step: FinishedStep): Outcome {
    const { outcome } = step;
    if (outcome.type !== 'done' || outcome.live === null || Buffer.byteLength(JSON.stringify(outcome)) <= MESSAGE_BYTES) return outcome;
    const { managedFields: _managers, ...metadata } = outcome.live['metadata'] as Record<string, unknown>;
    const slim: Outcome = { ...outcome, live: { ...outcome.live, metadata } };
    if (Buffer.byteLength(JSON.stringify(slim)) <= MESSAGE_BYTES) return slim;
    this.logger.error('the live object is too large to be told', { fabricId: this.fabricId, stepId: step.stepId });
    return { ...outcome, live: { apiVersion: outcome.live['apiVersion'], kind: outcome.live['kind'], metadata } };
  }
}

export function isFinal(outcome: Outcome): boolean {
  return outcome.type === 'done' || outcome.type === 'stalled' || outcome.type === 'not_started';
}

function withoutLive(outcome: Outcome): object {
  return outcome.type === 'done' ? { type: 'done', changed: outcome.changed } : outcome;
}

function groupByJob(steps: readonly FinishedStep[]): FinishedStep[][] {
  return [...Map.groupBy(steps, (step) => step.jobId).values()];
}
