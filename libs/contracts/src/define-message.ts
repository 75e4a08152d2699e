import type { z } from 'zod';

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
  /** The one service that publishes it. */
  readonly from: ServiceName;
  /** The services whose queues must exist before it is published (transfers and commands: exactly one). */
  readonly to: readonly ServiceName[];
  readonly schema: Schema;
}

/** Declares a message contract; a file of `<domain>/<type>.v<version>.ts` holds exactly one. */
export function defineMessage<const Type extends string, Schema extends z.ZodType>(
  contract: MessageContract<Type, Schema>,
): MessageContract<Type, Schema> {
  return contract;
}
