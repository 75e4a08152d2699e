import { Inject, Injectable } from '@nestjs/common';
import type { DeadLetter, Page, PageQuery } from '@heddle/contracts';
import { Database, Invalid } from '@heddle/platform';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';

interface Row {
  id: string; consumer: string; message_id: string; type: string; reason: string; message: string; attempts: number;
  first_failed_at: Date; last_failed_at: Date; cursor: string; body: Buffer; headers: Record<string, unknown>;
}

/** Reads what this service could not take. */
@Injectable()
export class DeadLetters {
  constructor(@Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions, @Inject(Database) private readonly database: Database) {}

  /** Dead messages, the latest failure first. @throws Invalid on a cursor that is none of ours */
  async list({ limit, cursor }: PageQuery): Promise<Page<DeadLetter>> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const rows = await this.database.query<Row>(`
      SELECT id, consumer, message_id, type, reason, message, attempts, first_failed_at, last_failed_at, last_failed_at::text AS cursor, body, headers
      FROM dead_letter WHERE state = 'dead' AND ($2::timestamptz IS NULL OR (last_failed_at, id) < ($2::timestamptz, $3::uuid))
      ORDER BY last_failed_at DESC, id DESC LIMIT $1`, [limit + 1, after?.at ?? null, after?.id ?? null]);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => this.view(row)),
      next: rows.length > limit && last ? Buffer.from(JSON.stringify({ at: last.cursor, id: last.id })).toString('base64url') : null,
    };
  }

  private view(row: Row): DeadLetter {
    return {
      id: row.id, service: this.options.service, consumer: row.consumer, messageId: row.message_id, type: row.type, state: 'dead',
      reason: row.reason, message: row.message, attempts: row.attempts, dueAt: null,
      firstFailedAt: row.first_failed_at.toISOString(), lastFailedAt: row.last_failed_at.toISOString(), body: readable(row.body), headers: row.headers,
    };
  }
}

function readable(body: Buffer): string {
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? text : body.toString('base64');
}

function readCursor(cursor: string): { at: string; id: string } {
  try {
    const { at, id } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { at: unknown; id: unknown };
    if (typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id)) return { at, id };
  } catch {
    // Told below: whatever is wrong with it, it is not a cursor of ours.
  }
  throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }] });
}
