import type { ServiceName } from '@heddle/contracts';
import type { AlertThresholds } from '../observe/alert-rules.ts';
import type { BrokerAbilities } from '../broker/broker-features.ts';
import type { TopologyAdditions } from '../topology/extend-topology.ts';
import type { PublisherOptions } from '../transport/transport.ts';

export type PublishingOptions = Omit<PublisherOptions, 'onBreaker'>;

/** Injects the {@link MessagingOptions} of the process. */
export const MESSAGING_OPTIONS = Symbol('messaging options');

export interface MessagingOptions {
  /** The service that this process is one of. */
  service: ServiceName;
  /** The nodes of the broker, as amqp(s) URLs separated by commas or as a list; or `memory:<name>`, a broker of that name in this process. */
  amqpUrls: string | readonly string[];
  /** Whether this process relays the outbox; default true. */
  relay?: boolean;
  /** Window, time-outs and breaker of what is published; the defaults are meant for production. */
  publishing?: PublishingOptions;
  /** Exchanges, queues and bindings beside those that follow from the contracts; declared by this process. */
  topology?: TopologyAdditions;
  /** What is not to be used though the broker has it: `['quorumQueues']` gives classic queues on one node, with strict priorities. The same in every service of a virtual host. */
  without?: readonly (keyof BrokerAbilities)[];
  /** Thresholds of alerts; those that are left out as {@link DEFAULT_ALERT_THRESHOLDS}. */
  alerts?: Partial<AlertThresholds>;
  /** How often the topology is declared again, milliseconds; default 60,000. */
  declareEveryMs?: number;
  /** How often bus and alerts are looked at, milliseconds; default 5,000; 0: only when it is asked to. */
  observeEveryMs?: number;
}
