import type { QueueSettings } from '../src/transport/memory/memory-queue.ts';
import type { ExchangeSettings } from '../src/transport/memory/routing.ts';
import type { Transport } from '../src/transport/transport.ts';
import type { Topology } from '../src/topology/topology.ts';

/** Exchanges and queues beyond what a {@link Topology} says. */
export interface Declarations {
  exchanges?: readonly (ExchangeSettings & { name: string })[];
  queues?: readonly (QueueSettings & { name: string; bindings?: readonly { exchange: string; key: string }[] })[];
}

/** A broker that the conformance suite has for itself, and what can be done to it. */
export interface BrokerUnderTest {
  /** Whether a replicated or persistent queue can have priorities here; where it can't, order of arrival is kept instead. */
  priorities: boolean;
  /** How old a queue must be to outlast a crash, milliseconds. */
  registerFlushMs: number;
  /** A new client, not started. */
  transport(topology: Topology): Transport;
  declare(declarations: Declarations): Promise<void>;
  /** Cuts the connections of all clients; they may come back at once. */
  dropConnections(): Promise<void>;
  /** Makes the broker close the channels on which a client consumes; its connections live on. */
  dropChannels(transport: Transport): Promise<void>;
  deleteQueue(name: string): Promise<void>;
  /** Begins or ends an alarm: the broker takes no messages. */
  alarm(on: boolean): Promise<void>;
  /** Kills it and starts it again on its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
