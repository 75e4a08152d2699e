import { Clock, Database, onCommit } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

const GROWN_ROWS = 1_000;
const AT_MOST_EVERY_MS = 5_000;
/** From so many keys on, reading a fabric's rows once beats looking each of them up. */
const LARGE_SET = 300;

/**
 * Keeps the planner's picture of the tables near the truth. It takes tables that have just grown for small, and then
 * joins a set of keys by scanning it once for each row (10,000 new documents: 60 s instead of 6); autovacuum would
 * correct that within a minute, in the middle of the first sync.
 */
@Injectable()
export class TableStatistics {
  #rows = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly database: Database, private readonly clock: Clock) {}

  /** So many rows are new once `tx` has committed. */
  grown(tx: EntityManager, rows: number): void {
    if (rows > 0) onCommit(tx, () => { this.#rows += rows; });
  }

  /** Looks at the tables again after much has grown. */
  async refresh(): Promise<void> {
    if (this.#rows < GROWN_ROWS || this.clock.monotonicMs() - this.#refreshedAt < AT_MOST_EVERY_MS) return;
    this.#rows = 0;
    this.#refreshedAt = this.clock.monotonicMs();
    await this.database.query('analyze resource, source_document, reference, claim, manifest, finding, step, live_managers');
  }
}

/**
 * For what follows in the transaction: large sets of keys are hashed and joined with whole tables, small ones looked up
 * key by key. The planner takes any set for a hundred keys, and would read all 10,000 rows of a fabric ten times over for one.
 */
export async function joinSets(tx: EntityManager, size: number): Promise<void> {
  const [large, small] = size > LARGE_SET ? ['on', 'off'] : ['off', 'on'];
  await tx.query(`select set_config('enable_nestloop', $2, true), set_config('enable_seqscan', $1, true), set_config('enable_hashjoin', $1, true), set_config('enable_mergejoin', $1, true)`, [large, small]);
}
