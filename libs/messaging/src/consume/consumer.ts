/** How a batch is gathered. */
export interface BatchOptions {
  /** Most messages of a batch. */
  size: number;
  /** How long the first message waits for others, milliseconds. */
  waitMs: number;
}

/** A handler and all that decides how its messages come to it. */
export interface Consumer {
  /** Name of the queue, and of the consumer in inbox and parking lot. Permanent. */
  queue: string;
  accepts: (type: string) => boolean;
  /** Most messages in hand at once. */
  prefetch: number;
  /** Waits between attempts, milliseconds. */
  retryDelaysMs: readonly number[];
  /** `key`: messages wait behind a parked one of their ordering key. Within a process a key is handled one after the other in any case. */
  order: 'key' | 'none';
  batch: BatchOptions | undefined;
  /** The method, with Nest's pipes, guards and interceptors around it. Single: (data, MessageContext); batch: (items, BatchContext). */
  handle: (payload: unknown, context: unknown) => Promise<unknown>;
}
