/** How a batch is gathered. */
export interface BatchOptions {
  /** Most messages of a batch. */
  size: number;
  /** How long the first message waits for others, milliseconds. */
  waitMs: number;
}

/** `continue`: a key goes on after its message was given up; `hold`: it waits until that one is replayed or discarded. */
export type AfterDeadLetter = 'continue' | 'hold';

/** A handler and all that decides how its messages come to it. */
export interface Consumer {
  /** Name of the queue, or of the group of queues, and of the consumer in inbox and parking lot. Permanent. */
  queue: string;
  /** By which its messages come: the one of that name, or those of the group. */
  queues: readonly string[];
  accepts: (type: string) => boolean;
  /** Most messages in hand at once. */
  prefetch: number;
  /** Waits between attempts, milliseconds. */
  retryDelaysMs: readonly number[];
  /** `key`, as the contract says: messages of a key are handled in order by whatever process, and wait behind a parked one. Within a process a key is handled one after the other in any case. */
  order: 'key' | 'none';
  /** What those behind a dead message of their key do, with `order: 'key'`: go on, or wait until a person has decided about it. */
  afterDeadLetter: AfterDeadLetter;
  batch: BatchOptions | undefined;
  /** The method, with Nest's pipes, guards and interceptors around it. Single: (data, MessageContext); batch: (items, BatchContext). */
  handle: (payload: unknown, context: unknown) => Promise<unknown>;
}
