import type { z } from 'zod';
import { deliveryFaults, type Priority } from './delivery-options.ts';

/** The services that send and receive messages. */
export const SERVICES = ['gateway', 'fabric', 'git-sync', 'k8s-sync', 'notification'] as const;
export type ServiceName = (typeof SERVICES)[number];

/**
 * What a message is for.
 * - `event`: a fact, past tense, on the topic exchange; logged, replayable, of interest to people and other systems.
 * - `transfer`: bulk data that one service hands to another (documents of a revision, observations); direct exchange.
 * - `command`: work that one service asks of another; direct exchange.
 */
export type MessageRole = 'event' | 'transfer' | 'command';

/** A versioned message: its type is also its routing key. */
export interface MessageContract<Type extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly type: Type;
  /** Raised for a breaking change only; a new optional field keeps the version. */
  readonly version: number;
  readonly role: MessageRole;
  /** The one service that publishes it, or each that runs. */
  readonly from: ServiceName | 'every service';
  /** The services whose queues must exist before it is published (transfers and commands: exactly one). */
  readonly to: readonly ServiceName[];
  readonly schema: Schema;
  /** `key`: messages of an ordering key are taken one after the other, in the order of their commits, by however many replicas. Absent: consumers compare sequences. */
  readonly order?: 'key';
  /** 0 to 9, highest first, where the broker has it; default {@link DEFAULT_PRIORITY}. Not with `order`: an urgent message would overtake its key. */
  readonly priority?: Priority | undefined;
  /** After so long, milliseconds, an untaken message is of no use: it becomes a dead letter `expired`. Default: it waits for ever. */
  readonly ttlMs?: number | undefined;
  /** The version before, which is still taken: from replicas, outboxes and replays that are older than this one. */
  readonly supersedes?: Superseded;
}

/** An older version of a message, and what makes its data that of the newer one. */
export interface Superseded {
  readonly contract: MessageContract;
  /** Pure. Its result is checked against the newer schema. */
  readonly upgrade: (data: unknown) => unknown;
}

/**
 * Declares a message contract; a file of `<domain>/<type>.v<version>.ts` holds exactly one.
 * @throws RangeError on a priority or time to live that there can't be, or a priority where order was asked for
 */
export function defineMessage<const Type extends string, Schema extends z.ZodType>(
  contract: MessageContract<Type, Schema>,
): MessageContract<Type, Schema> {
  const faults = deliveryFaults(contract).map(({ field, message }) => `${field} ${message}`);
  if (contract.order === 'key' && contract.priority !== undefined) faults.push('priority would let messages overtake their key, whose order was asked for');
  if (faults.length > 0) throw new RangeError(`The contract of '${contract.type}' is wrong: ${faults.join('; ')}`);
  return contract;
}

/** The services that publish a message. */
export function sendersOf({ from }: Pick<MessageContract, 'from'>): readonly ServiceName[] {
  return from === 'every service' ? SERVICES : [from];
}
