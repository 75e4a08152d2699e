import { Inject, Injectable } from '@nestjs/common';
import { type MessageInput, type MessageType, messages } from '@heddle/contracts';
import { Clock, currentContext, Ids, onCommit } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { exchangeOf } from '../topology/topology.ts';
import { traceparentOf } from '../trace/traceparent.ts';
import { bodiesOf } from './bodies.ts';
import { deliveryOptionsOf, encodeData, type OutboxOptions, renderEnvelope } from './encode-message.ts';
import { insertOutboxRows, type NewRow } from './insert-outbox-rows.ts';
import { laneOf } from './lane-of.ts';
import { OutboxRelay } from './outbox-relay.ts';

/** One message to publish. */
export interface OutboxMessage<Type extends MessageType = MessageType> {
  type: Type;
  data: MessageInput<Type>;
  options?: OutboxOptions;
}

/** A message of any type, its data fitting the type. */
export type AnyOutboxMessage = { [Type in MessageType]: OutboxMessage<Type> }[MessageType];

/**
 * The only way by which events, transfers and commands leave: as rows in the transaction of the change that they tell of.
 * They are relayed after the commit, at least once, in the order of each ordering key. Where order matters, the writer
 * locks what the key stands for (the fabric's row) before it adds.
 */
@Injectable()
export class Outbox {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Ids) private readonly ids: Ids,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Adds a message. Correlation, causation, actor, fabric and trace come from the work in hand where `options` don't say.
   * @param tx of `Database.transaction`
   * @throws Invalid when the data doesn't fit the contract or is too large, or on a priority or time to live that there can't be: the transaction then rolls back
   */
  async add<Type extends MessageType>(tx: EntityManager, type: Type, data: MessageInput<Type>, options?: OutboxOptions): Promise<void> {
    await this.addMany(tx, [{ type, data, ...(options && { options }) } as AnyOutboxMessage]);
  }

  /** Adds messages in this order, in one statement; see {@link add}. */
  async addMany(tx: EntityManager, list: readonly AnyOutboxMessage[]): Promise<void> {
    if (list.length === 0) return;
    const traceparent = traceparentOf();
    const rows = list.map((message) => this.rowOf(message, traceparent));
    const bodies = bodiesOf(rows.map(({ text }) => text));
    const offered = await insertOutboxRows(tx, rows.map(({ row }, index) => ({ ...row, body: bodies[index]! })));
    onCommit(tx, () => this.relay.offer(offered));
  }

  /**
   * Resolves when what this process has committed is mostly away: at once as a rule, and after a second in any case, so that a
   * broker that is away holds up nobody. For whoever writes in bulk, before a transaction and never within one: what the relay
   * can't keep in memory it has to read from the table again.
   */
  room(): Promise<void> {
    return this.relay.untilRoom();
  }

  private rowOf({ type, data, options = {} }: AnyOutboxMessage, traceparent: string | undefined): { row: Omit<NewRow, 'body'>; text: string } {
    const work = currentContext();
    const messageId = this.ids.rising();
    const fabricId = options.fabricId ?? work?.fabricId;
    const actor = options.actor ?? work?.actor;
    const causationId = options.causationId ?? work?.causationId;
    const orderingKey = options.orderingKey ?? fabricId;
    const timestamp = this.clock.now();
    const { priority, ttlMs } = deliveryOptionsOf(type, options);
    const expiresAt = ttlMs === undefined ? undefined : new Date(timestamp.getTime() + ttlMs);
    const text = renderEnvelope(type, encodeData(type, data), {
      eventId: messageId, timestamp, source: this.options.service,
      metadata: {
        correlation_id: options.correlationId ?? work?.correlationId ?? messageId,
        ...(causationId !== undefined && { causation_id: causationId }),
        ...(actor && { actor }),
        ...(fabricId !== undefined && { fabric_id: fabricId }),
        ...(orderingKey !== undefined && { ordering_key: orderingKey }),
        ...(options.sequence !== undefined && { sequence: options.sequence }),
        ...(options.epoch !== undefined && { epoch: options.epoch }),
        ...(expiresAt && { expires_at: expiresAt.toISOString() }),
        ...(traceparent !== undefined && { traceparent }),
      },
    });
    return {
      text,
      row: {
        lane: laneOf(orderingKey ?? messageId), orderingKey: orderingKey ?? messageId, ordered: orderingKey !== undefined,
        messageId, type, exchange: exchangeOf(messages[type].role), routingKey: type, traceparent, priority, expiresAt,
      },
    };
  }
}
