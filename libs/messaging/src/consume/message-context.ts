import type { Envelope, MessageData, MessageType } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';

/** What a handler of single messages gets beside the data. */
export interface MessageContext {
  /** The transaction that holds the message's inbox row: all that the handler writes goes through it and nothing else. */
  tx: EntityManager;
  envelope: Envelope;
  /** 1 for the first try. */
  attempt: number;
  headers: Record<string, unknown>;
}

/** One message of a batch. */
export interface BatchItem<Data = unknown> {
  data: Data;
  envelope: Envelope;
}

/** A message of this type in a batch. */
export type BatchItemOf<Type extends MessageType> = BatchItem<MessageData<Type>>;

/** What a handler of batches gets beside the items. */
export interface BatchContext {
  /** The one transaction of the batch. */
  tx: EntityManager;
}
