import { Inject, Injectable } from '@nestjs/common';
import type { Actor, DeadLetterOutcome } from '@heddle/contracts';
import { AuditTrail, Conflict, Database, describeError, HeddleError, isDatabaseDown, Unavailable } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { type HandlerChain, ReplayFailed } from '../consume/handler-chain.ts';
import { Consumption } from '../nest/consumption.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { assertNamedActor } from '../request/assert-named-actor.ts';
import { CHUNK, inChunks, type Progress, type Selection } from './dead-letter-chunk.ts';
import { assertPossible, DeadLetters, type StoredDeadLetter } from './dead-letters.ts';
import { storable } from './storable.ts';

type Outcome = Omit<DeadLetterOutcome, 'service'>;

/** Handles dead letters once more, or gives them up for good, because a person says so. */
@Injectable()
export class ReplayDeadLetters {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Database) private readonly database: Database,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
    @Inject(Consumption) private readonly consumption: Consumption,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /** Hands each to its own consumer alone, one after the other, with its bytes and id; what the consumer knows already has no second effect. */
  async replay(selection: Selection, actor: Actor | undefined): Promise<Progress> {
    await this.assertPermitted(actor, 'dead_letter.replay');
    return inChunks(this.database, this.options.service, selection, async ([id = '']) => [await this.replayOne(id, actor)], 1);
  }

  /** Closes them without handling them; the groups that they held go on. @param reason kept with each */
  async discard(selection: Selection, reason: string, actor: Actor | undefined): Promise<Progress> {
    await this.assertPermitted(actor, 'dead_letter.discard');
    return inChunks(this.database, this.options.service, selection, (ids) => this.discardSome(ids, storable(reason), actor), CHUNK);
  }

  /** The handler chain of a dead letter's consumer. @throws Conflict when this release has none */
  chainOf(consumer: string): HandlerChain {
    const found = this.consumption.chainOf(consumer);
    if (found) return found;
    throw new Conflict({ code: 'BUS-034', message: `'${this.options.service}' takes no messages from '${consumer}' any more.`, remedy: 'Discard the dead letter.' });
  }

  /** @throws NotAllowed when nobody is named, audited */
  assertPermitted(actor: Actor | undefined, action: string): Promise<void> {
    return assertNamedActor(actor, { action, subject: 'dead_letter' }, this.database, this.audit);
  }

  private async replayOne(id: string, actor: Actor | undefined): Promise<Outcome> {
    try {
      const row = await this.letters.read(id);
      assertReplayable(row);
      return await this.handle(row, this.chainOf(row.consumer), actor);
    } catch (error) {
      if (isDatabaseDown(error)) throw new Unavailable({ code: 'BUS-035', message: `'${this.options.service}' can't reach its database.`, remedy: 'Look at PostgreSQL, then go on.', retryAfterSeconds: 5, cause: error });
      if (!(error instanceof HeddleError)) throw error;
      return { id, outcome: 'skipped', code: error.code, message: `${error.message} ${error.remedy}` };
    }
  }

  private async handle(row: StoredDeadLetter, chain: HandlerChain, actor: Actor | undefined): Promise<Outcome> {
    const { id, attempts, body, headers, body_hash: hash } = row;
    try {
      await chain.replay({ body, hash, headers, attempts }, (tx) => this.letters.lock(tx, row, 'replay'), async (tx) => {
        await this.letters.close(tx, [row], { act: 'replay', by: actor });
        await this.record(tx, 'dead_letter.replay', row, 'done');
      });
      return { id, outcome: 'done', message: 'It was handled.' };
    } catch (error) {
      if (!(error instanceof ReplayFailed)) throw error;
      await this.database.transaction(async (tx) => {
        await this.letters.failedAgain(tx, row, error.dead);
        await this.record(tx, 'dead_letter.replay', row, 'failed', { reason: error.dead.reason });
      });
      return { id, outcome: 'failed', code: error.dead.reason, message: describeError(error) };
    }
  }

  private async discardSome(ids: readonly string[], reason: string, actor: Actor | undefined): Promise<Outcome[]> {
    const outcomes = await this.database.transaction(async (tx) => {
      const locked = await this.letters.lockFree(tx, ids);
      if (locked.length === 0) return new Set<string>();
      await this.letters.close(tx, locked, { act: 'discard', by: actor, note: reason });
      await this.audit.append(tx, { action: 'dead_letter.discard', subject: 'dead_letter', outcome: 'done', details: { ids: locked.map(({ id }) => id), reason } });
      return new Set(locked.map(({ id }) => id));
    });
    return Promise.all(ids.map(async (id): Promise<Outcome> => (outcomes.has(id) ? { id, outcome: 'done', message: 'It was discarded.' } : this.whySkipped(id))));
  }

  private async whySkipped(id: string): Promise<Outcome> {
    try {
      assertPossible(await this.letters.read(id), 'discard');
      return { id, outcome: 'skipped', code: 'BUS-032', message: 'Somebody else has it in hand. Look at it again in a moment.' };
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      return { id, outcome: 'skipped', code: error.code, message: error.message };
    }
  }

  private record(tx: EntityManager, action: string, row: StoredDeadLetter, outcome: 'done' | 'failed', details: Record<string, unknown> = {}): Promise<void> {
    return this.audit.append(tx, { action, subject: `dead_letter/${row.id}`, outcome, details: { consumer: row.consumer, messageId: row.message_id, ...details } });
  }
}

/** @throws Conflict when it is closed, or can't become anything else by being handled again */
function assertReplayable(row: StoredDeadLetter): void {
  assertPossible(row, 'replay');
  const fault = row.reason === 'id-conflict' ? 'Another message with its id was handled before' : row.body.length < Number(row.size) ? 'Only the beginning of its body is kept' : undefined;
  if (fault !== undefined) throw new Conflict({ code: 'BUS-033', message: `The dead letter '${row.id}' can't be replayed as it is: ${fault}.`, remedy: 'Edit it, which makes a new message of it, or discard it.' });
}
