/** Header by which an exchange of groups spreads messages over its queues: the ordering key, or the id of an event that has none. */
export const ORDERING_KEY_HEADER = 'ordering-key';

/** A message on its way out, as stored: its bytes are what is hashed, sent and received. */
export interface OutboxRow {
  /** Rises with each insert; ids commit out of order. */
  id: number;
  lane: number;
  /** Rows of one key leave in the order of their ids, each after the confirm of the one before. */
  orderingKey: string;
  messageId: string;
  type: string;
  exchange: string;
  routingKey: string;
  body: Buffer;
  /** Trace context of the writer. */
  traceparent: string | undefined;
  /** 0 to 9. */
  priority: number;
  /** When it ceases to be of use; absent: never. */
  expiresAt: Date | undefined;
  /** How often the broker has sent it back. */
  attempts: number;
}

/** A row just committed, as it is handed to the relay in memory. */
export interface OfferedRow extends OutboxRow {
  /** Id of the row before it with the same key that was in the outbox at the insert; null when there was none. */
  after: number | null;
}
