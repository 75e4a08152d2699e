import { type Clock, type Database, describeError, HeddleError, type Logger } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { BegunAttempts } from '../inbox/begun-attempts.ts';
import type { DeadLetterOptions } from '../inbox/dead-letter-store.ts';
import { type DeadFailure, deadOf, type Failure, judgeFailure } from '../inbox/failure.ts';
import { receive, receiveUnder, type Reception } from '../inbox/inbox.ts';
import { lockKeys, passOrderGate } from '../inbox/order-gate.ts';
import type { ParkingLot } from '../inbox/parking-lot.ts';
import type { BusMetrics, HandledOutcome } from '../nest/bus-metrics.ts';
import type { Consumer } from './consumer.ts';
import type { DatabaseWatch } from './database-watch.ts';
import { type Decoded, decodeMessage, type Undecodable } from './decode-message.ts';
import { Delivery } from './delivery.ts';
import { type Incoming, incoming, namesOf, parkingMessageOf } from './incoming.ts';
import { inboxConsumerOf } from './inbox-consumer.ts';
import { inMessageContext, traceMessage } from './in-message-context.ts';
import { Turns } from './turns.ts';

export interface HandlerChainParts {
  database: Database;
  clock: Clock;
  parkingLot: ParkingLot;
  begun: BegunAttempts;
  watch: DatabaseWatch;
  metrics: BusMetrics;
  logger: Logger;
}

interface Readable {
  delivery: Delivery;
  message: Incoming;
  decoded: Decoded;
}

const ID_CONFLICT: DeadFailure = { state: 'dead', reason: 'id-conflict', message: 'Another message with the same id and another body was handled before.' };
const ENDED_PROCESS: DeadFailure = { state: 'dead', reason: 'ended-process', message: 'Each time that it was handled its process ended before it did, or took all connections with it.' };
/** What may end the process is handled one at a time: what is in hand beside it would be blamed as well. */
const SUSPECTS = '\0suspects';
/** The head of the key is looked for every second; its followers are due as soon as it has gone. */
const BEHIND: Failure = { state: 'parked', reason: 'behind', message: 'It waits for an earlier message of its key.', delayMs: 0 };

/**
 * The way of a message through its consumer: decode, trace, validate, transaction with the inbox row, handle, commit, and
 * only then acknowledge, on the channel that it came on. What fails becomes a row in the parking lot.
 */
export class HandlerChain {
  readonly #turns = new Turns();

  constructor(private readonly consumer: Consumer, private readonly parts: HandlerChainParts) {}

  /** Whether its consumer takes messages of this type. */
  get accepts(): (type: string) => boolean {
    return this.consumer.accepts;
  }

  /** Handles one delivery. Never throws; a delivery that is left unsettled comes again. */
  async handle(delivery: Delivery): Promise<void> {
    const startedAt = performance.now();
    const message = incoming(delivery);
    const decoded = decodeMessage(message.body, this.consumer.accepts);
    const outcome = await this.process(message, decoded, () => delivery.abandoned);
    this.parts.logger.slow('a message took long', performance.now() - startedAt, { queue: this.consumer.queue, outcome, ...namesOf(message, decoded) });
    this.parts.metrics.handled(this.consumer.queue, outcome);
    if (outcome === 'interrupted') delivery.leave();
    else delivery.settle();
  }

  /** Handles a batch in one transaction, acknowledged at once; when that fails, its messages are handled one by one. */
  async handleBatch(deliveries: readonly Delivery[]): Promise<void> {
    const readable: Readable[] = [];
    for (const delivery of deliveries) {
      const message = incoming(delivery);
      const decoded = decodeMessage(message.body, this.consumer.accepts);
      if (decoded.ok && !this.isExpired(decoded)) readable.push({ delivery, message, decoded });
    }
    const startedAt = performance.now();
    const receptions = deliveries[0]?.abandoned ? 'interrupted' : readable.some(({ delivery }) => delivery.suspect) ? 'failed' : await this.tryBatch(readable);
    this.parts.logger.slow('a batch of messages took long', performance.now() - startedAt, { queue: this.consumer.queue, messages: deliveries.length, ...(readable[0] && { first: namesOf(readable[0].message, readable[0].decoded) }) });
    if (receptions === 'interrupted') {
      for (const delivery of deliveries) delivery.leave();
      return;
    }
    const settled = new Set(receptions === 'failed' ? [] : readable.filter((_, index) => receptions[index] !== 'conflict').map(({ delivery }) => delivery));
    // What can't even be kept as a dead letter takes the channel with it: those that can be handled go before.
    for (const delivery of new Set([...readable.map((each) => each.delivery), ...deliveries])) {
      if (settled.has(delivery)) continue;
      if (this.parts.watch.down) delivery.leave();
      else await this.handle(delivery);
    }
    Delivery.settleAll([...settled]);
  }

  /** Tries a parked message again. @returns false when another process has it */
  async retry(id: string): Promise<boolean> {
    const { database, parkingLot, begun, metrics } = this.parts;
    const { queue } = this.consumer;
    let attempts: number | undefined;
    let times: number | undefined;
    let taken: HandledOutcome;
    try {
      const outcome = await database.transaction(async (tx): Promise<HandledOutcome | undefined> => {
        const due = await parkingLot.take(tx, id);
        if (!due) return undefined;
        // Written down by the one that has it, for every replica looks at the same rows; and once, however often PostgreSQL has the transaction repeated.
        times ??= await begun.begin(queue, id);
        attempts = due.attempts + Math.min(times, this.endingsAllowed);
        if (times > this.endingsAllowed) throw new EndedProcess();
        const decoded = decodeMessage(due.body, this.consumer.accepts);
        if (!decoded.ok) throw new CannotDecode(decoded);
        if (this.isExpired(decoded)) {
          attempts = due.attempts; // none is made any more
          throw new Expired(`It ceased to be of use at ${decoded.envelope.metadata.expires_at}, while it waited for another attempt: ${due.waitsBecause}`);
        }
        if (this.ordered && due.orderingKey !== undefined) await lockKeys(tx, this.consumer.queue, [due.orderingKey]);
        const reception = await this.effect(tx, due, decoded);
        await parkingLot.remove(tx, id);
        return reception === 'new' ? 'done' : 'duplicate';
      });
      if (outcome === undefined) return false;
      taken = outcome;
    } catch (error) {
      if (this.parts.watch.blames(error)) {
        if (times !== undefined) begun.excuse(queue, id);
        return false;
      }
      // It was never taken, so it has not failed.
      if (attempts === undefined) throw error;
      const failure = this.judge(error, attempts);
      this.tell(failure, id, error);
      await parkingLot.failedAgain(id, failure, attempts, this.deadLetterOptions);
      if (error instanceof Expired) metrics.expired(queue);
      taken = failure.state;
    }
    metrics.handled(queue, taken);
    // After the commit and outside of what judges: that the note can't be taken away is no failure of the message.
    await begun.end(queue, id).catch(() => { if (taken === 'parked') begun.excuse(queue, id); });
    return true;
  }

  /**
   * Handles a message once more because a person wants it, whatever waits of its key; `before` and `after` run in the transaction
   * of its effect. One that the inbox knows has no second effect.
   * @throws ReplayFailed when the handler or the message is at fault; what `before` and `after` throw, and what PostgreSQL does when it is away, as it is
   */
  async replay(message: Replayed, before: (tx: EntityManager) => Promise<void>, after: (tx: EntityManager) => Promise<void>): Promise<void> {
    const { database, watch, metrics } = this.parts;
    const decoded = decodeMessage(message.body, this.consumer.accepts);
    const key = decoded.known.orderingKey;
    let handling = false;
    const run = () => database.transaction(async (tx) => {
      handling = false;
      await before(tx);
      handling = true;
      if (!decoded.ok) throw new CannotDecode(decoded);
      if (this.ordered && key !== undefined) await lockKeys(tx, this.consumer.queue, [key]);
      const reception = await this.effect(tx, message, decoded);
      handling = false;
      await after(tx);
      return reception;
    });
    try {
      const reception = await (key === undefined ? run() : this.#turns.take(key, run));
      metrics.handled(this.consumer.queue, reception === 'new' ? 'done' : 'duplicate');
    } catch (error) {
      if (!handling || watch.blames(error)) throw error;
      metrics.handled(this.consumer.queue, 'dead');
      throw new ReplayFailed(this.judge(error, message.attempts + 1), this.dead(error), error);
    }
  }

  private async process(message: Incoming, decoded: Decoded | Undecodable, abandoned: () => boolean): Promise<HandledOutcome> {
    if (!decoded.ok) return this.keep(message, decoded, { state: 'dead', reason: decoded.reason, message: decoded.message }, 1);
    const key = decoded.envelope.metadata.ordering_key;
    const attempt = () => (message.suspect ? this.#turns.take(SUSPECTS, async () => (abandoned() ? 'interrupted' : this.attemptOfSuspect(message, decoded))) : this.attempt(message, decoded));
    if (key === undefined) return attempt();
    // Side by side they would only wait for the same row, each with a connection in its hand.
    return this.#turns.take(key, async () => (abandoned() ? 'interrupted' : attempt()));
  }

  /** An attempt that is written down first: should the process not survive it, the next one knows. */
  private async attemptOfSuspect(message: Incoming, decoded: Decoded): Promise<HandledOutcome> {
    const { begun } = this.parts;
    const [queue, id] = [this.consumer.queue, decoded.envelope.event_id];
    let outcome: HandledOutcome = 'interrupted';
    try {
      const times = await begun.begin(queue, id);
      if (times > this.endingsAllowed) this.tell(ENDED_PROCESS, id);
      outcome = times > this.endingsAllowed ? await this.keep(message, decoded, ENDED_PROCESS, times) : await this.attempt(message, decoded);
      if (outcome === 'interrupted') begun.excuse(queue, id);
      else await begun.end(queue, id);
      return outcome;
    } catch (error) {
      // What became of the message stands, whether or not its note could be taken away.
      return outcome === 'interrupted' ? this.interrupted(error) : outcome;
    }
  }

  private async attempt(message: Incoming, decoded: Decoded): Promise<HandledOutcome> {
    if (this.isExpired(decoded)) return this.expire(message, decoded);
    try {
      const taken = await this.parts.database.transaction(async (tx) => await this.standing(tx, message, decoded) ?? this.effect(tx, message, decoded));
      switch (taken) {
        case 'new': return 'done';
        case 'behind': return await this.keep(message, decoded, BEHIND, 0);
        default: return 'duplicate';
      }
    } catch (error) {
      if (this.parts.watch.blames(error)) return 'interrupted';
      const attempts = message.attempts + 1;
      const failure = this.judge(error, attempts);
      this.tell(failure, decoded.envelope.event_id, error);
      return this.keep(message, decoded, failure, attempts);
    }
  }

  /** Why a message of an ordered key is not handled now; absent when it may be. See {@link passOrderGate}. */
  private async standing(tx: EntityManager, message: Incoming, { envelope }: Decoded): Promise<'behind' | 'kept' | undefined> {
    const orderingKey = envelope.metadata.ordering_key;
    if (!this.ordered || orderingKey === undefined) return undefined;
    const [standing] = await passOrderGate(tx, this.consumer.queue, [{ messageId: envelope.event_id, hash: message.hash, orderingKey }]);
    return standing === 'free' ? undefined : standing;
  }

  /** Inbox row and handler, within one transaction. */
  private effect(tx: EntityManager, message: Replayed, decoded: Decoded): Promise<Reception> {
    const { envelope, data } = decoded;
    const traced = traceMessage(this.consumer.queue, envelope, message.headers);
    return inMessageContext(envelope, traced, async () => {
      const [reception = 'new'] = await receive(tx, inboxConsumerOf(this.consumer.queue, message.headers), [{ messageId: envelope.event_id, hash: message.hash }]);
      if (reception === 'conflict') throw new IdConflict();
      if (reception === 'duplicate') return reception;
      if (this.consumer.batch) await this.consumer.handle([{ data, envelope }], { tx });
      else await this.consumer.handle(data, { tx, envelope, attempt: message.attempts + 1, headers: message.headers });
      return reception;
    });
  }

  private async tryBatch(readable: readonly Readable[]): Promise<Reception[] | 'failed' | 'interrupted'> {
    const first = readable[0];
    if (!first) return [];
    const { queue, handle } = this.consumer;
    const spans = readable.map(({ decoded, message }) => traceMessage(queue, decoded.envelope, message.headers));
    try {
      const receptions = await inMessageContext(first.decoded.envelope, spans[0]!, () => this.parts.database.transaction(async (tx) => {
        if (!await this.allFree(tx, readable)) return 'failed';
        const all = await receiveUnder(tx, readable.map(({ decoded, message }) => ({ consumer: inboxConsumerOf(queue, message.headers), messageId: decoded.envelope.event_id, hash: message.hash })));
        const items = readable.filter((_, index) => all[index] === 'new').map(({ decoded }) => ({ data: decoded.data, envelope: decoded.envelope }));
        if (items.length > 0) await handle(items, { tx });
        return all;
      }));
      if (receptions === 'failed') return receptions;
      for (const outcome of ['new', 'duplicate'] as const) this.parts.metrics.handled(queue, outcome === 'new' ? 'done' : outcome, receptions.filter((one) => one === outcome).length);
      return receptions;
    } catch (error) {
      if (this.parts.watch.blames(error)) return 'interrupted';
      this.parts.logger.warn('a batch failed; its messages are handled one by one', { queue, messages: readable.length, error: describeError(error) });
      return 'failed';
    } finally {
      for (const { span } of spans.slice(1)) span.end();
    }
  }

  private async allFree(tx: EntityManager, readable: readonly Readable[]): Promise<boolean> {
    if (!this.ordered) return true;
    const ordered = readable.flatMap(({ message, decoded: { envelope } }) => {
      const orderingKey = envelope.metadata.ordering_key;
      return orderingKey === undefined ? [] : [{ messageId: envelope.event_id, hash: message.hash, orderingKey }];
    });
    return (await passOrderGate(tx, this.consumer.queue, ordered)).every((standing) => standing === 'free');
  }

  /** How often the process may end before the message is blamed: as often as it is tried again when it fails, at least once. */
  private get endingsAllowed(): number {
    return Math.max(1, this.consumer.retryDelaysMs.length);
  }

  private get ordered(): boolean {
    return this.consumer.order === 'key';
  }

  /** How dead letters of its consumer are kept. */
  get deadLetterOptions(): DeadLetterOptions {
    return { holdsKey: this.ordered && this.consumer.afterDeadLetter === 'hold' };
  }

  /** The broker takes out what expired only at the head of its queue. */
  private isExpired({ envelope }: Decoded): boolean {
    const { expires_at: expiresAt } = envelope.metadata;
    return expiresAt !== undefined && Date.parse(expiresAt) <= this.parts.clock.now().getTime();
  }

  private expire(message: Incoming, decoded: Decoded): Promise<HandledOutcome> {
    this.parts.metrics.expired(this.consumer.queue);
    return this.keep(message, decoded, { state: 'dead', reason: 'expired', message: `It came after ${decoded.envelope.metadata.expires_at}, when it ceased to be of use.` }, 0);
  }

  /** Makes the message a row; without the row it stays with the broker. */
  private async keep(message: Incoming, decoded: Decoded | Undecodable, failure: Failure, attempts: number): Promise<HandledOutcome> {
    const parked = parkingMessageOf(this.consumer.queue, message, decoded);
    if (!decoded.ok) this.tell(failure, parked.messageId);
    try {
      await this.parts.parkingLot.put(parked, failure, attempts, this.deadLetterOptions);
      return failure.state;
    } catch (error) {
      return this.interrupted(error);
    }
  }

  private judge(error: unknown, attempts: number): Failure {
    if (error instanceof IdConflict || error instanceof CannotDecode || error instanceof EndedProcess || error instanceof Expired) return this.dead(error);
    return judgeFailure(error, attempts, this.consumer.retryDelaysMs);
  }

  private dead(error: unknown): DeadFailure {
    if (error instanceof IdConflict) return ID_CONFLICT;
    if (error instanceof EndedProcess) return ENDED_PROCESS;
    if (error instanceof Expired) return { state: 'dead', reason: 'expired', message: error.message };
    if (error instanceof CannotDecode) return { state: 'dead', reason: error.why.reason, message: error.why.message };
    return deadOf(error);
  }

  private interrupted(error: unknown): HandledOutcome {
    if (!this.parts.watch.blames(error)) {
      this.parts.logger.error('a message could be neither handled nor parked; it stays with the broker', { queue: this.consumer.queue, error });
      // Only a channel that closes gives its messages back: a full disk or a standby must not keep them for ever.
      this.parts.watch.pause(error);
    }
    return 'interrupted';
  }

  private tell(failure: Failure, message: string, error?: unknown): void {
    const fields = { queue: this.consumer.queue, message, reason: failure.reason, why: failure.message };
    if (failure.state === 'dead') this.parts.logger.error('a message is given up', { ...fields, ...(error !== undefined && !(error instanceof HeddleError || error instanceof Expired) && { error }) });
    else this.parts.logger.warn('a message is tried again later', { ...fields, inMs: failure.delayMs });
  }
}

class IdConflict extends Error {}

class EndedProcess extends Error {}

/** Its time was over before another attempt was made. */
class Expired extends Error {}

class CannotDecode extends Error {
  constructor(readonly why: Undecodable) {
    super(why.message);
  }
}

/** A message to handle once more. */
export type Replayed = Pick<Incoming, 'body' | 'hash' | 'headers' | 'attempts'>;

/** A message that was handled once more has failed once more. */
export class ReplayFailed extends Error {
  /** @param failure what would be done with a message that nobody looks after @param dead the same, given up */
  constructor(readonly failure: Failure, readonly dead: DeadFailure, cause: unknown) {
    super(dead.message, { cause });
  }
}
