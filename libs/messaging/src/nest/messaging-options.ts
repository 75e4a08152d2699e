import type { ServiceName } from '@heddle/contracts';

/** Injects the {@link MessagingOptions} of the process. */
export const MESSAGING_OPTIONS = Symbol('messaging options');

export interface MessagingOptions {
  /** The service that this process is one of. */
  service: ServiceName;
  /** The nodes of the broker, as amqp(s) URLs separated by commas or as a list. */
  amqpUrls: string | readonly string[];
  /** Whether this process relays the outbox; default true. */
  relay?: boolean;
}
