import { Inject, Injectable } from '@nestjs/common';
import type { Actor, DeadLetter, DeadLetterBody } from '@heddle/contracts';
import { Conflict, Database, NotFound, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { readJson } from '../json/read-json.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { DEAD_LETTER_COLUMNS, type DeadLetterRow, summaryOf } from './dead-letter-row.ts';
import { type DeadLetterAct, stateAfter } from './dead-letter-state.ts';
import { causeColumns, NEVER_ANNOUNCED } from './dead-letter-store.ts';
import type { DeadFailure } from './failure.ts';

/** A dead letter with its bytes. */
export interface StoredDeadLetter extends DeadLetterRow {
  body: Buffer;
  body_hash: Buffer;
  headers: Record<string, unknown>;
  stack: string | null;
}

/** How a dead letter is closed. */
export interface Closing {
  act: Exclude<DeadLetterAct, 'fail'>;
  by: Actor | undefined;
  note?: string;
  replacedBy?: string;
}

/** The dead letters of this service, one by one. */
@Injectable()
export class DeadLetters {
  constructor(@Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions, @Inject(Database) private readonly database: Database) {}

  /** A dead letter as people read it. @throws NotFound */
  async get(id: string): Promise<DeadLetter> {
    const row = await this.read(id);
    const [waiting] = row.ordering_key === null ? [] : await this.database.query<{ count: string }>('SELECT count(*) FROM parked WHERE consumer = $1 AND ordering_key = $2', [row.consumer, row.ordering_key]);
    return { ...summaryOf(row), service: this.options.service, headers: row.headers, stack: row.stack, body: bodyOf(row), waiting: Number(waiting?.count ?? 0) };
  }

  /** A dead letter with its bytes, in any state. @throws NotFound */
  async read(id: string): Promise<StoredDeadLetter> {
    const [row] = await this.database.query<StoredDeadLetter>(`SELECT ${DEAD_LETTER_COLUMNS}, body, body_hash, headers, stack FROM dead_letter WHERE id = $1`, [id]);
    if (row) return row;
    throw new NotFound({ code: 'BUS-030', message: `'${this.options.service}' has no dead letter '${id}'.`, remedy: 'List the dead letters; they are kept for seven days.' });
  }

  /** Takes a dead letter in hand until the transaction ends. @throws Conflict when it is closed, or in the hand of somebody else */
  async lock(tx: EntityManager, row: Pick<StoredDeadLetter, 'failed_on' | 'id'>, act: DeadLetterAct): Promise<void> {
    if ((await this.takeInHand(tx, [row.id])).length === 0) {
      throw new Conflict({ code: 'BUS-032', message: `Somebody else has the dead letter '${row.id}' in hand.`, remedy: 'Look at it again in a moment.' });
    }
    const [found] = await rowsOf<Pick<DeadLetterRow, 'state' | 'closed_by' | 'closed_at'>>(tx, 'SELECT state, closed_by, closed_at FROM dead_letter WHERE failed_on = $1 AND id = $2 FOR UPDATE', [row.failed_on, row.id]);
    if (found) assertPossible({ ...found, id: row.id }, act);
  }

  /** Takes those in hand that are open and in nobody's hand. */
  async lockFree(tx: EntityManager, ids: readonly string[]): Promise<Pick<DeadLetterRow, 'failed_on' | 'id'>[]> {
    const mine = await this.takeInHand(tx, ids);
    return rowsOf(tx, `SELECT failed_on::text AS failed_on, id FROM dead_letter WHERE id = ANY($1::uuid[]) AND state = 'dead' ORDER BY id FOR UPDATE`, [mine]);
  }

  // A lock of its own rather than the row's, which is held for an instant as well by whoever writes the news of it.
  private async takeInHand(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(tx, `SELECT id FROM unnest($1::uuid[]) AS id WHERE pg_try_advisory_xact_lock(hashtext('dead letter in hand'), hashtext(id::text))`, [ids]);
    return rows.map(({ id }) => id);
  }

  /** Closes dead letters that are locked. */
  async close(tx: EntityManager, rows: readonly Pick<StoredDeadLetter, 'failed_on' | 'id'>[], { act, by, note, replacedBy }: Closing): Promise<void> {
    await tx.query(`
      UPDATE dead_letter d SET state = $3, closed_at = now(), closed_by = $4, note = $5, replaced_by = $6, version = version + 1, announced = (type = $7)
      FROM unnest($1::date[], $2::uuid[]) AS r(failed_on, id) WHERE d.failed_on = r.failed_on AND d.id = r.id`,
    [rows.map((row) => row.failed_on), rows.map(({ id }) => id), stateAfter('dead', act), by ? JSON.stringify(by) : null, note ?? null, replacedBy ?? null, NEVER_ANNOUNCED]);
  }

  /** It failed once more, and stays dead. */
  async failedAgain(tx: EntityManager, row: StoredDeadLetter, failure: DeadFailure): Promise<void> {
    await tx.query(`
      UPDATE dead_letter SET attempts = attempts + 1, reason = $3, message = $4, cause = $5, pattern = $6, stack = $7, last_failed_at = now(), version = version + 1, announced = (type = $8)
      WHERE failed_on = $1 AND id = $2 AND state = 'dead'`, [row.failed_on, row.id, ...causeColumns(row.consumer, row.type, failure), NEVER_ANNOUNCED]);
  }
}

/** @throws Conflict when the dead letter is closed */
export function assertPossible({ id, state, closed_by: by, closed_at: at }: Pick<DeadLetterRow, 'id' | 'state' | 'closed_by' | 'closed_at'>, act: DeadLetterAct): void {
  if (stateAfter(state, act) !== undefined) return;
  throw new Conflict({
    code: 'BUS-031', message: `The dead letter '${id}' was ${state}${by ? ` by ${by.name ?? by.id}` : ''}${at ? ` at ${at.toISOString()}` : ''}.`, remedy: 'Nothing is left to do.', details: { state },
  });
}

function bodyOf({ body, body_hash: hash, size }: StoredDeadLetter): DeadLetterBody {
  const complete = body.length === Number(size);
  const rest = { complete, sha256: hash.toString('hex') };
  const json = complete ? readJson(body) : { ok: false as const, message: `Only the first ${body.length} of ${size} bytes are kept.` };
  if (json.ok) return { encoding: 'json', content: json.value, ...rest };
  const text = body.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(body);
  return { encoding: isText ? 'text' : 'base64', content: isText ? text : body.toString('base64'), ...rest, note: json.message };
}
