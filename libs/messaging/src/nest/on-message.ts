import type { MessageData, MessageType } from '@heddle/contracts';
import type { AfterDeadLetter, BatchOptions } from '../consume/consumer.ts';
import type { BatchContext, BatchItem, BatchItemOf, MessageContext } from '../consume/message-context.ts';
import { EVERY_EVENT, eventHandler } from './bus-pattern.ts';

export interface OnMessageOptions {
  /** Most messages in hand at once, for each queue; default 20, of batches two of them. */
  prefetch?: number;
  /** Waits between attempts, milliseconds; default 5 s, 30 s, 5 min. After the last one the message is dead. */
  retryDelaysMs?: readonly number[];
  /** Where the contract asks for the order of keys: whether a key goes on after its message was given up (default), or waits until a person has replayed or discarded that one. */
  afterDeadLetter?: AfterDeadLetter;
}

export interface OnMessagesOptions extends OnMessageOptions {
  /** Default 250 messages or 4 ms, whichever comes first. */
  batch?: Partial<BatchOptions>;
}

/** AMQP has two bytes for it. */
const MOST_PREFETCH = 65_535;
/** A batch that waits longer keeps its first message from others for nothing. */
const LONGEST_WAIT_MS = 60_000;
const LONGEST_DELAY_MS = 7 * 86_400_000;

type MethodOf<Handler> = <Method extends Handler>(target: object, method: string | symbol, descriptor: TypedPropertyDescriptor<Method>) => void;

/**
 * Takes messages of a type, one at a time: `(data, context)`. What the method writes through `context.tx` is committed
 * together with the note that the message was taken. It throws a HeddleError: retryable ones are tried again later,
 * others make the message a dead row.
 */
export function OnMessage<Type extends MessageType>(type: Type, options: OnMessageOptions = {}): MethodOf<(data: MessageData<Type>, context: MessageContext) => Promise<void>> {
  return (target, method, descriptor) => eventHandler(type, extrasOf(options, undefined), target, method, descriptor);
}

/** Takes messages of a type in batches, each in one transaction: `(items, context)`. A batch that fails is handled message by message. */
export function OnMessages<Type extends MessageType>(type: Type, options: OnMessagesOptions = {}): MethodOf<(items: BatchItemOf<Type>[], context: BatchContext) => Promise<void>> {
  return (target, method, descriptor) => eventHandler(type, extrasOf(options, options.batch ?? {}), target, method, descriptor);
}

/** Takes every event of the mesh, in batches. For the service whose one queue is bound to all of them. */
export function OnEveryEvent(options: OnMessagesOptions = {}): MethodOf<(items: BatchItem[], context: BatchContext) => Promise<void>> {
  return (target, method, descriptor) => eventHandler(EVERY_EVENT, extrasOf(options, options.batch ?? {}), target, method, descriptor);
}

function extrasOf({ prefetch, retryDelaysMs, afterDeadLetter }: OnMessageOptions, batch: Partial<BatchOptions> | undefined): Parameters<typeof eventHandler>[1] {
  assertWhole('prefetch', prefetch, 1, MOST_PREFETCH, ': 0 would mean no limit');
  // Of batches two are in hand, unless the prefetch says otherwise.
  assertWhole('batch.size', batch?.size, 1, Math.floor(MOST_PREFETCH / 2));
  assertWhole('batch.waitMs', batch?.waitMs, 0, LONGEST_WAIT_MS);
  for (const delay of retryDelaysMs ?? []) assertWhole('retryDelaysMs', delay, 0, LONGEST_DELAY_MS, ', each: dead letters are kept no longer');
  return { heddle: 'messages', prefetch, retryDelaysMs, afterDeadLetter, batch: batch && { size: batch.size ?? 250, waitMs: batch.waitMs ?? 4 } };
}

/** At the start, where a person sees it: a broker or database that refuses it would be asked again and again. */
function assertWhole(name: string, value: number | undefined, least: number, most: number, why = ''): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new Error(`${name} is ${value}; it must be a whole number from ${least} to ${most}${why}`);
}
