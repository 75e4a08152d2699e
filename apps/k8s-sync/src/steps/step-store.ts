import type { MessageData, Step } from '@heddle/contracts';
import { Database, rowsOf, type Lease, type WorkContext } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** What a job runs for, kept so that its outcomes and requests carry the ids of what caused them. */
export interface JobContext extends WorkContext {
  readonly traceparent?: string;
}

export interface StepRow {
  readonly operationId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly jobId: string;
  readonly dependsOn: string[];
  readonly state: 'pending' | 'sent' | 'finished';
  readonly sentAt: Date | null;
  /** Type of the last outcome, if any. */
  readonly outcome: string | null;
}

export interface JobRow {
  readonly jobId: string;
  readonly dryRun: boolean;
  readonly deadline: Date;
  readonly concurrency: number;
  readonly complete: boolean;
  readonly context: JobContext;
}

export interface LoadedOperation {
  readonly operationId: string;
  readonly jobs: JobRow[];
  readonly steps: StepRow[];
  /** Reason of the cancellation, if it was cancelled. */
  readonly cancelled: string | null;
  /** Reasons of single steps that were taken back, by step id. */
  readonly withdrawn: ReadonlyMap<string, string>;
}

/** Names one attempt of a step for ever: (operation, step, attempt). */
export function stepKey(step: { operationId: string; stepId: string; attempt: number }): string {
  return `${step.operationId}/${step.stepId}/${step.attempt}`;
}

/** Rows of jobs and steps. */
@Injectable()
export class StepStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /**
   * Stores a chunk; a repeated one changes nothing.
   * @returns false when a later operation of the fabric is here already: fabric sends that when this one has ended, and waits for nothing of it
   */
  async addChunk(tx: EntityManager, job: MessageData<'steps.apply'>, context: JobContext): Promise<boolean> {
    const later = await rowsOf(tx, `SELECT 1 FROM job WHERE fabric_id = $1 AND operation_number > $2 LIMIT 1`, [job.fabricId, job.operationNumber]);
    if (later.length > 0) return false;
    await tx.query(
      `INSERT INTO job AS j (job_id, fabric_id, operation_id, operation_number, dry_run, deadline, concurrency, chunks, chunks_seen, context)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ARRAY[$9::integer], $10)
       ON CONFLICT (job_id) DO UPDATE SET chunks_seen = j.chunks_seen || $9::integer WHERE NOT $9 = ANY(j.chunks_seen)`,
      [job.jobId, job.fabricId, job.operationId, job.operationNumber, job.dryRun, job.deadline, job.concurrency, job.chunks, job.chunk, JSON.stringify(context)],
    );
    const steps = [...job.steps.entries()].sort(([, a], [, b]) => (a.stepId < b.stepId ? -1 : 1));
    await tx.query(
      `INSERT INTO step (operation_id, step_id, attempt, job_id, fabric_id, operation_number, position, depends_on, spec)
       SELECT $1, s->>'stepId', (s->>'attempt')::integer, $2, $3, $4, p, ARRAY(SELECT jsonb_array_elements_text(s->'dependsOn')), s
       FROM unnest($5::jsonb[], $6::integer[]) AS t(s, p)
       ON CONFLICT (operation_id, step_id, attempt) DO NOTHING`,
      [job.operationId, job.jobId, job.fabricId, job.operationNumber, steps.map(([, step]) => JSON.stringify(step)), steps.map(([index]) => job.chunk * 1_000 + index)],
    );
    return true;
  }

  async addCancellation(tx: EntityManager, cancel: MessageData<'steps.cancel'>): Promise<void> {
    if (cancel.stepIds) {
      await tx.query(`INSERT INTO withdrawal (operation_id, step_id, fabric_id, reason) SELECT $1, id, $2, $3 FROM unnest($4::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
        [cancel.operationId, cancel.fabricId, cancel.reason, cancel.stepIds]);
      return;
    }
    await tx.query(`INSERT INTO cancellation (operation_id, fabric_id, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [cancel.operationId, cancel.fabricId, cancel.reason]);
  }

  /** Fabrics that have something to do. */
  async fabricsWithWork(): Promise<string[]> {
    return (await this.database.query<{ fabric_id: string }>(`SELECT DISTINCT fabric_id FROM step WHERE state <> 'finished'`)).map((row) => row.fabric_id);
  }

  /** The oldest operation of the fabric with a step that has no outcome. */
  async nextOperation(fabricId: string): Promise<string | null> {
    const [row] = await this.database.query<{ operation_id: string }>(
      `SELECT operation_id FROM step WHERE fabric_id = $1 AND state <> 'finished' ORDER BY operation_number, operation_id LIMIT 1`, [fabricId]);
    return row?.operation_id ?? null;
  }

  /** A number that changes when the operation got jobs, chunks or a cancellation. */
  async versionOf(operationId: string): Promise<string> {
    const [row] = await this.database.query<{ version: string }>(
      `SELECT concat(count(*), '/', coalesce(sum(cardinality(chunks_seen)), 0), '/', (SELECT count(*) FROM cancellation WHERE operation_id = $1), '/', (SELECT count(*) FROM withdrawal WHERE operation_id = $1)) AS version FROM job WHERE operation_id = $1`, [operationId]);
    return row!.version;
  }

  async load(operationId: string): Promise<LoadedOperation> {
    const [jobs, steps, cancelled, withdrawn] = await Promise.all([
      this.database.query<JobRow>(
        `SELECT job_id AS "jobId", dry_run AS "dryRun", deadline, concurrency, cardinality(chunks_seen) >= chunks AS complete, context FROM job WHERE operation_id = $1`, [operationId]),
      this.database.query<StepRow>(
        `SELECT s.operation_id AS "operationId", s.step_id AS "stepId", s.attempt, s.job_id AS "jobId", s.depends_on AS "dependsOn", s.state, s.sent_at AS "sentAt", s.outcome->>'type' AS outcome
         FROM step s JOIN job j USING (job_id) WHERE s.operation_id = $1 ORDER BY s.attempt, j.received_at, j.job_id, s.position`, [operationId]),
      this.database.query<{ reason: string }>(`SELECT reason FROM cancellation WHERE operation_id = $1`, [operationId]),
      this.database.query<{ id: string; reason: string }>(`SELECT step_id AS id, reason FROM withdrawal WHERE operation_id = $1`, [operationId]),
    ]);
    return { operationId, jobs, steps, cancelled: cancelled[0]?.reason ?? null, withdrawn: new Map(withdrawn.map(({ id, reason }) => [id, reason])) };
  }

  /** Marks steps as sent, before they are, and answers their bodies: one statement, under the lease. */
  async markSent(lease: Lease, steps: readonly { operationId: string; stepId: string; attempt: number }[]): Promise<Map<string, { spec: Step; sentAt: Date }>> {
    const sorted = [...steps].sort((a, b) => (a.stepId < b.stepId ? -1 : 1));
    return this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const rows = await rowsOf<{ operationId: string; stepId: string; attempt: number; spec: Step; sentAt: Date }>(tx,
        `UPDATE step s SET state = 'sent', sent_at = coalesce(s.sent_at, now())
         FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS k(operation_id, step_id, attempt)
         WHERE s.operation_id = k.operation_id AND s.step_id = k.step_id AND s.attempt = k.attempt AND s.state <> 'finished'
         RETURNING s.operation_id AS "operationId", s.step_id AS "stepId", s.attempt, s.spec, s.sent_at AS "sentAt"`,
        [sorted.map((step) => step.operationId), sorted.map((step) => step.stepId), sorted.map((step) => step.attempt)]);
      return new Map(rows.map((row) => [stepKey(row), { spec: row.spec, sentAt: row.sentAt }]));
    });
  }
}
