import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@heddle/platform';
import { Latest } from '../latest.ts';

const EXCUSED = 5_000;

/**
 * Attempts at messages, written down before their handler runs and taken away when it has ended, however it did. An attempt
 * that is rolled back with its process leaves no other trace: what stands here for long is what processes die of.
 */
@Injectable()
export class BegunAttempts {
  /** Attempts that were interrupted while the process lived on. Some of their messages never come back to it; one that is forgotten is blamed for one attempt more. */
  readonly #excused = new Latest<string>(EXCUSED);

  constructor(@Inject(Database) private readonly database: Database) {}

  /** Begins one more, committed at once. @returns how many were begun and not ended, this one included */
  async begin(consumer: string, messageId: string): Promise<number> {
    const more = this.#excused.has(nameOf(consumer, messageId)) ? 0 : 1;
    const [row] = await this.database.query<{ times: number }>(`
      INSERT INTO begun_attempt (consumer, message_id, times) VALUES ($1, $2, 1)
      ON CONFLICT (consumer, message_id) DO UPDATE SET times = begun_attempt.times + $3, begun_at = now() RETURNING times`,
    [consumer, messageId, more]);
    this.#excused.delete(nameOf(consumer, messageId));
    return row!.times;
  }

  /** The handler has ended, well or not. */
  async end(consumer: string, messageId: string): Promise<void> {
    await this.database.query(`DELETE FROM begun_attempt WHERE consumer = $1 AND message_id = $2`, [consumer, messageId]);
  }

  /** It was interrupted while this process lives on, and PostgreSQL can't be told: the next one of this process counts for it. */
  excuse(consumer: string, messageId: string): void {
    this.#excused.add(nameOf(consumer, messageId));
  }
}

/** Forgets what is older than any message that waits for its next attempt. */
export async function pruneBegunAttempts(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
  await runner.query(`DELETE FROM begun_attempt WHERE begun_at < now() - interval '8 days'`);
}

const nameOf = (consumer: string, messageId: string): string => `${consumer} ${messageId}`;
