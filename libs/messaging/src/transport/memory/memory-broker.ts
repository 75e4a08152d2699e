import { type BrokerMessage, deathsOf, expiredIn } from './broker-message.ts';
import { type Answer, type ConnectionListener, MemoryConnection } from './memory-connection.ts';
import { MemoryQueue, type QueueSettings } from './memory-queue.ts';
import type { Answer as Answering } from '../transport.ts';
import { type Binding, type ExchangeSettings, routeOf } from './routing.ts';

/** What moves a broker on; by default the event loop and the system's clock. Tests that need each step give their own. */
export interface BrokerDrive {
  /** Milliseconds. */
  now(): number;
  /** Calls back soon, not at once. */
  soon(step: () => void): void;
  /** Calls back after `milliseconds`. @returns gives it up */
  later(milliseconds: number, step: () => void): () => void;
}

const eventLoop: BrokerDrive = {
  now: () => performance.now(),
  soon: (step) => { setImmediate(step); },
  later: (milliseconds, step) => {
    const timer = setTimeout(step, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

interface Exchange {
  settings: ExchangeSettings;
  bindings: Binding[];
}

/** What a queue holds, as `checkQueue` tells it. */
export interface QueueCounts {
  /** Messages that wait, without those in hand of consumers. */
  messages: number;
  consumers: number;
}

const named = new Map<string, MemoryBroker>();

/**
 * A message broker in the process, with what Heddle relies on in RabbitMQ: durable exchanges and queues, confirms and
 * returns, acknowledgements and redeliveries, prefetch, priorities, expiry, single active consumers, alarms, restarts. It
 * moves in steps: what clients send is read in the next one, what it answers arrives in the one after. Everything in it is
 * "on disk": {@link stop} and {@link start} are a crash and a restart, after which connections are gone and messages are not.
 */
export class MemoryBroker {
  readonly #exchanges = new Map<string, Exchange>();
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #connections = new Set<MemoryConnection>();
  readonly #answerers = new Map<string, Answering[]>();
  readonly #drive: BrokerDrive;
  #alarm: string | undefined;
  #running = true;
  #awake = false;
  #stopTimer: () => void = () => undefined;

  constructor(drive: BrokerDrive = eventLoop) {
    this.#drive = drive;
  }

  /** The broker of this process that `memory:<name>` means; the first call makes it. */
  static named(name: string): MemoryBroker {
    const broker = named.get(name) ?? new MemoryBroker();
    named.set(name, broker);
    return broker;
  }

  /** @throws while the broker is stopped */
  connect(name: string, listener: ConnectionListener): MemoryConnection {
    if (!this.#running) throw new Error('the broker is not running');
    const connection = new MemoryConnection(name, this, listener);
    this.#connections.add(connection);
    return connection;
  }

  /** @throws when it exists with other settings */
  declareExchange(name: string, settings: ExchangeSettings): void {
    const existing = this.#exchanges.get(name);
    if (existing) mustAgree(`exchange '${name}'`, existing.settings, settings);
    else this.#exchanges.set(name, { settings: { ...settings }, bindings: [] });
  }

  /** @throws when it exists with other settings */
  declareQueue(name: string, settings: QueueSettings = {}): void {
    const existing = this.#queues.get(name);
    if (existing) mustAgree(`queue '${name}'`, existing.settings, settings);
    else this.#queues.set(name, new MemoryQueue(name, { ...settings }));
  }

  /** Binds a queue, once however often it is said. @throws when queue or exchange is missing */
  bind(queue: string, exchange: string, key: string): void {
    const { bindings } = this.exchange(exchange);
    this.queue(queue);
    if (!bindings.some((one) => one.queue === queue && one.key === key)) bindings.push({ queue, key });
  }

  /** Deletes a queue with its messages and bindings; its consumers are told. */
  deleteQueue(name: string): void {
    const queue = this.queue(name);
    this.#queues.delete(name);
    for (const exchange of this.#exchanges.values()) exchange.bindings = exchange.bindings.filter((binding) => binding.queue !== name);
    for (const consumer of [...queue.consumers]) consumer.queueDeleted();
  }

  /** @throws when there is none */
  queue(name: string): MemoryQueue {
    const queue = this.#queues.get(name);
    if (!queue) throw new Error(`NOT_FOUND - no queue '${name}'`);
    return queue;
  }

  /** Questions to `queue` may go there. */
  addAnswerer(queue: string, answer: Answering): void {
    this.#answerers.set(queue, [...this.#answerers.get(queue) ?? [], answer]);
  }

  removeAnswerer(queue: string, answer: Answering): void {
    this.#answerers.set(queue, (this.#answerers.get(queue) ?? []).filter((other) => other !== answer));
  }

  /** Who is to answer the next question, in turn; nobody when the service does not run. */
  answererOf(queue: string): Answering | undefined {
    const [first, ...others] = this.#answerers.get(queue) ?? [];
    if (first) this.#answerers.set(queue, [...others, first]);
    return first;
  }

  /** What a queue holds; nothing when there is none. */
  counts(name: string): QueueCounts | undefined {
    const queue = this.#queues.get(name);
    return queue && { messages: queue.size, consumers: queue.consumers.length };
  }

  /** Takes no messages from now on, as RabbitMQ short of memory or disk: no confirm comes. Without a reason it goes on. */
  alarm(reason: string | undefined): void {
    this.#alarm = reason;
    this.wake();
  }

  /** Cuts every connection; clients may connect again. */
  dropConnections(reason = 'the connection was cut'): void {
    for (const connection of [...this.#connections]) connection.drop(reason);
  }

  /** Closes every consumer's channel on living connections. */
  dropChannels(reason = 'the channel was closed'): void {
    for (const connection of [...this.#connections]) connection.dropChannels(reason);
  }

  /** Ends as a crash does: connections are cut, what was not read or confirmed may be lost, the rest is there after {@link start}. */
  stop(): void {
    this.#running = false;
    this.dropConnections('the broker was stopped');
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  /** Moves on: sends answers, reads what was sent, expires what is due, delivers. By itself after each thing that happens. */
  step(): void {
    if (!this.#running) return;
    for (const connection of [...this.#connections]) connection.sendAnswers();
    for (const connection of [...this.#connections]) connection.read(this.#alarm, (message) => this.store(message));
    this.expire();
    for (const queue of [...this.#queues.values()]) queue.deliver();
    if ([...this.#connections].some(({ busy }) => busy)) this.wake();
    this.setTimer();
  }

  /** For connections: something is to be done. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#drive.soon(() => {
      this.#awake = false;
      this.step();
    });
  }

  /** For connections: one is gone. */
  forget(connection: MemoryConnection): void {
    this.#connections.delete(connection);
  }

  private store(message: BrokerMessage): Answer {
    const queues = this.route(message);
    const now = this.#drive.now();
    for (const name of queues) this.queue(name).add(message, now);
    return queues.length > 0 ? 'confirmed' : 'returned';
  }

  /** The default exchange, '', leads to the queue that the routing key names. */
  private route(message: BrokerMessage): string[] {
    if (message.exchange === '') return this.#queues.has(message.routingKey) ? [message.routingKey] : [];
    const exchange = this.#exchanges.get(message.exchange);
    return exchange ? routeOf(exchange.settings, exchange.bindings, message) : [];
  }

  private expire(): void {
    const now = this.#drive.now();
    for (const queue of this.#queues.values()) {
      for (const message of queue.takeExpired(now)) this.bury(queue, message, now);
    }
  }

  /** Sends an expired message where its queue says, but never in a circle. */
  private bury({ name, settings: { deadLetter } }: MemoryQueue, message: BrokerMessage, now: number): void {
    if (!deadLetter) return;
    const dead = expiredIn(name, message, deadLetter);
    for (const target of this.route(dead)) {
      if (!deathsOf(dead).some(({ queue }) => queue === target)) this.queue(target).add(dead, now);
    }
  }

  private setTimer(): void {
    this.#stopTimer();
    const next = Math.min(Infinity, ...[...this.#queues.values()].map(({ nextExpiry }) => nextExpiry));
    this.#stopTimer = next === Infinity ? () => undefined : this.#drive.later(Math.max(1, next - this.#drive.now()), () => this.step());
  }

  private exchange(name: string): Exchange {
    const exchange = this.#exchanges.get(name);
    if (!exchange) throw new Error(`NOT_FOUND - no exchange '${name}'`);
    return exchange;
  }
}

function mustAgree(entity: string, existing: object, wanted: object): void {
  if (settingsText(existing) !== settingsText(wanted)) {
    throw new Error(`PRECONDITION_FAILED - ${entity} is declared with ${settingsText(wanted)} and exists with ${settingsText(existing)}`);
  }
}

function settingsText(settings: object): string {
  return JSON.stringify(Object.entries(settings).filter(([, value]) => value !== undefined && value !== false).toSorted(([a], [b]) => a.localeCompare(b)));
}
