import type { Envelope } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';

/** An event on its way to a target. */
export interface ReplayedEvent {
  position: string;
  event: Envelope;
  /** It is not in the log, but came out of the archive. */
  archived: boolean;
}

/** Where a replay sends to. */
export interface ReplayTargetSender {
  /** Whether the target takes such an event at all. */
  takes(event: Envelope): boolean;
  /** Undefined when more may be sent; else what is waited for, for people. @throws a HeddleError that no retry helps when the target is gone */
  busy(): Promise<string | undefined>;
  /** Sends outside of any transaction; resolves when the target has them. What is sent twice is told apart by its id. */
  send(events: readonly ReplayedEvent[], signal: AbortSignal): Promise<void>;
  /** What is sent by rows, in the transaction that notes the progress. */
  write(tx: EntityManager, events: readonly ReplayedEvent[]): Promise<void>;
  close(): Promise<void>;
}
