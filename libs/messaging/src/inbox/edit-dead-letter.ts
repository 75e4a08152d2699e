import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Actor, type EditDeadLetter, type EditedDeadLetter, envelopeSchema, type MessageContract, type MessageType, messages, type Metadata } from '@heddle/contracts';
import { AuditTrail, Clock, Database, Ids, Invalid } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ReplayFailed } from '../consume/handler-chain.ts';
import { readJson } from '../json/read-json.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { encodeData, encodeEnvelope } from '../outbox/encode-message.ts';
import { assertPossible, DeadLetters, type StoredDeadLetter } from './dead-letters.ts';
import { ParkingLot } from './parking-lot.ts';
import { ReplayDeadLetters } from './replay-dead-letters.ts';

const contracts: Readonly<Record<string, MessageContract>> = messages;

/** Puts a message with other data in the place of a dead letter, which is kept and says so. */
@Injectable()
export class EditDeadLetters {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Database) private readonly database: Database,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
    @Inject(ReplayDeadLetters) private readonly replays: ReplayDeadLetters,
    @Inject(ParkingLot) private readonly parkingLot: ParkingLot,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(Ids) private readonly ids: Ids,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Makes a new message of the dead letter's envelope and other data, caused by the dead one, and hands it to its consumer at
   * once, in front of what waits of its key. From then on it is a message like any other: when it fails it is tried again, or dead itself.
   * @throws Invalid naming every field that does not fit the contract; Conflict when the dead letter is closed or in other hands; NotFound
   */
  async edit(id: string, edit: EditDeadLetter, actor: Actor | undefined): Promise<EditedDeadLetter> {
    await this.replays.assertPermitted(actor, 'dead_letter.edit');
    const row = await this.letters.read(id);
    assertPossible(row, 'edit');
    const chain = this.replays.chainOf(row.consumer);
    const type = typeOf(edit.type ?? row.type, chain.accepts);
    const messageId = this.ids.uuid();
    const body = this.encode(row, type, dataOf(type, edit.data), messageId, actor);
    const message = { body, hash: createHash('sha256').update(body).digest(), headers: {}, attempts: 0 };
    const close = async (tx: EntityManager) => {
      await this.letters.close(tx, [row], { act: 'edit', by: actor, replacedBy: messageId });
      await this.audit.append(tx, { action: 'dead_letter.edit', subject: `dead_letter/${id}`, outcome: 'done', details: { consumer: row.consumer, messageId: row.message_id, replacedBy: messageId } });
    };
    try {
      await chain.replay(message, (tx) => this.letters.lock(tx, row, 'edit'), close);
      return { id, messageId, outcome: 'done', message: 'The edited message was handled.' };
    } catch (error) {
      if (!(error instanceof ReplayFailed)) throw error;
      const { failure } = error;
      await this.parkingLot.putInFront(
        { ...message, consumer: row.consumer, messageId, type, source: row.source ?? this.options.service, fabricId: row.fabric_id ?? undefined, correlationId: row.correlation_id ?? undefined, orderingKey: row.ordering_key ?? undefined },
        failure, async (tx) => {
          await this.letters.lock(tx, row, 'edit');
          await close(tx);
        }, chain.deadLetterOptions);
      return { id, messageId, outcome: failure.state, message: failure.message };
    }
  }

  private encode(row: StoredDeadLetter, type: MessageType, dataJson: string, eventId: string, actor: Actor | undefined): Buffer {
    const { content_hash: _, traceparent: __, expires_at: ___, ...before } = metadataOf(row);
    return encodeEnvelope(type, dataJson, {
      eventId, timestamp: this.clock.now(), source: row.source ?? this.options.service,
      metadata: { ...before, correlation_id: before.correlation_id ?? row.message_id, causation_id: row.message_id, ...(actor && { actor }) },
    });
  }
}

/** What stood beside the data, as far as it can be read: position and epoch stay those of the original. */
function metadataOf(row: StoredDeadLetter): Partial<Metadata> {
  const { value } = readJson(row.body);
  const envelope = envelopeSchema.safeParse(value);
  if (envelope.success) return envelope.data.metadata;
  return {
    ...(row.correlation_id !== null && { correlation_id: row.correlation_id }), ...(row.fabric_id !== null && { fabric_id: row.fabric_id }),
    ...(row.ordering_key !== null && { ordering_key: row.ordering_key }),
  };
}

function typeOf(type: string, accepts: (type: string) => boolean): MessageType {
  if (Object.hasOwn(contracts, type) && accepts(type)) return type as MessageType;
  throw new Invalid({ code: 'VAL-001', message: `Messages of type '${type}' are not taken by this consumer.`, remedy: 'Name a type that it takes.', errors: [{ field: 'type', message: `'${type}' is not taken here` }] });
}

function dataOf(type: MessageType, data: unknown): string {
  const result = contracts[type]!.schema.safeParse(data);
  if (result.success) return encodeData(type, data as never);
  throw new Invalid({
    code: 'VAL-001', message: `The data does not fit '${type}' version ${contracts[type]!.version}.`, remedy: 'Correct the named fields; the dead letter is as it was.',
    errors: result.error.issues.map(({ path, message }) => ({ field: ['data', ...path.map(String)].join('.'), message })),
  });
}
