import type { Actor, DeadLetterState, DeadLetterSummary } from '@heddle/contracts';

/** A dead letter as stored, without what is large. */
export interface DeadLetterRow {
  failed_on: string; id: string; consumer: string; message_id: string; type: string; source: string | null; fabric_id: string | null; correlation_id: string | null; ordering_key: string | null;
  state: DeadLetterState; holds_key: boolean; attempts: number; reason: string; message: string; cause: string; pattern: string; size: string;
  first_failed_at: Date; last_failed_at: Date; closed_at: Date | null; closed_by: Actor | null; note: string | null; replaced_by: string | null; version: number;
}

/** The columns of a {@link DeadLetterRow}. */
export const DEAD_LETTER_COLUMNS = `failed_on::text AS failed_on, id, consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, state, holds_key, attempts, reason, message, cause, pattern, size,
  first_failed_at, last_failed_at, closed_at, closed_by, note, replaced_by, version`;

/** A row as lists show it, but for the service. */
export function summaryOf(row: DeadLetterRow): Omit<DeadLetterSummary, 'service'> {
  return {
    id: row.id, consumer: row.consumer, messageId: row.message_id, type: row.type, source: row.source, fabricId: row.fabric_id, correlationId: row.correlation_id, orderingKey: row.ordering_key,
    state: row.state, holdsKey: row.holds_key, reason: row.reason, message: row.message, cause: row.cause, pattern: row.pattern, attempts: row.attempts, size: Number(row.size),
    firstFailedAt: row.first_failed_at.toISOString(), lastFailedAt: row.last_failed_at.toISOString(), closedAt: row.closed_at?.toISOString() ?? null, closedBy: row.closed_by,
    note: row.note, replacedBy: row.replaced_by,
  };
}
