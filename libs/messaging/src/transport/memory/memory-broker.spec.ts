import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BrokerDrive, MemoryBroker } from './memory-broker.ts';
import type { Answer, MemoryConnection } from './memory-connection.ts';
import type { MemoryConsumer } from './memory-consumer.ts';

/** Time and steps by hand. */
class HandDrive implements BrokerDrive {
  time = 0;
  now = () => this.time;
  soon = () => undefined;
  later = () => () => undefined;
}

interface Received {
  tag: number;
  text: string;
  redelivered: boolean;
  headers: Readonly<Record<string, unknown>>;
}

/** A client that reconnects when it is told to, and remembers what it was told. */
class Client {
  connection: MemoryConnection | undefined;
  consumer: MemoryConsumer | undefined;
  received: Received[] = [];
  readonly told: string[] = [];

  /** @param log takes each delivery, of all clients that share it */
  constructor(private readonly broker: MemoryBroker, private readonly log: Received[] = []) {
    this.connect();
  }

  connect(): MemoryConnection {
    return this.connection ??= this.broker.connect('client', {
      lost: () => {
        this.connection = undefined;
        this.told.push('lost');
      },
      blocked: (reason) => this.told.push(reason ?? 'unblocked'),
    });
  }

  publish(text: string, options: { exchange?: string; routingKey?: string; priority?: number; ttlMs?: number } = {}): { answer?: Answer } {
    const outcome: { answer?: Answer } = {};
    this.connect().publish({ exchange: '', routingKey: 'q', body: Buffer.from(text), headers: {}, ...options }, (answer) => { outcome.answer = answer; });
    return outcome;
  }

  consume(queue = 'q', prefetch = 10): void {
    this.received = [];
    const consumer = this.connect().consume(queue, prefetch, {
      delivered: (tag, { message, redelivered }) => {
        const received = { tag, text: message.body.toString(), redelivered, headers: message.headers };
        this.received.push(received);
        this.log.push(received);
      },
      cancelled: () => this.told.push('cancelled'),
      closed: () => {
        if (this.consumer === consumer) this.consumer = undefined;
        this.received = [];
      },
    });
    this.consumer = consumer;
  }

  settle(tag: number, upTo = false): void {
    this.connection?.settle(this.consumer!, tag, upTo);
  }

  get texts(): string[] {
    return this.received.map(({ text }) => text);
  }
}

describe('MemoryBroker', () => {
  let drive: HandDrive;
  let broker: MemoryBroker;

  beforeEach(() => {
    drive = new HandDrive();
    broker = new MemoryBroker(drive);
    broker.declareQueue('q');
  });

  it('confirms in the step after it has stored', () => {
    const client = new Client(broker);
    const outcome = client.publish('a');
    broker.step();
    expect(broker.counts('q')).toEqual({ messages: 1, consumers: 0 });
    expect(outcome.answer).toBeUndefined();
    broker.step();
    expect(outcome.answer).toBe('confirmed');
  });

  it('loses what it has not read when it is stopped', () => {
    const client = new Client(broker);
    const outcome = client.publish('a');
    broker.stop();
    broker.start();
    broker.step();
    broker.step();
    expect(outcome.answer).toBeUndefined();
    expect(broker.counts('q')?.messages).toBe(0);
  });

  it('refuses connections while it is stopped', () => {
    broker.stop();
    expect(() => new Client(broker)).toThrow('not running');
  });

  it('keeps priorities strictly, and what was taken in its place', () => {
    broker.declareQueue('p', { priorities: true });
    const client = new Client(broker);
    for (const [text, priority] of [['low 1', 0], ['high 1', 9], ['mid', 5], ['high 2', 9], ['low 2', 0]] as const) client.publish(text, { routingKey: 'p', priority });
    broker.step();
    client.consume('p', 2);
    broker.step();
    expect(client.texts).toEqual(['high 1', 'high 2']);
    client.connection!.closeChannel(client.consumer!, 'test');
    client.consume('p');
    broker.step();
    expect(client.received.map(({ text, redelivered }) => `${text}${redelivered ? ' again' : ''}`)).toEqual(['high 1 again', 'high 2 again', 'mid', 'low 1', 'low 2']);
  });

  it('sends what has expired to where the queue says, noting where it died', () => {
    broker.declareExchange('dead', { type: 'fanout' });
    broker.declareQueue('short', { ttlMs: 100, deadLetter: { exchange: 'dead' } });
    broker.bind('q', 'dead', '');
    const client = new Client(broker);
    client.publish('queue ttl', { routingKey: 'short' });
    client.publish('own ttl', { routingKey: 'short', ttlMs: 500 });
    broker.step();
    drive.time = 99;
    broker.step();
    expect(broker.counts('short')?.messages).toBe(2);
    drive.time = 100;
    client.consume();
    broker.step();
    expect(client.texts).toEqual(['queue ttl', 'own ttl']);
    expect(client.received[1]?.headers).toMatchObject({
      'x-death': [{ queue: 'short', reason: 'expired', count: 1, exchange: '', 'routing-keys': ['short'], 'original-expiration': '500' }], 'x-first-death-queue': 'short', 'x-first-death-reason': 'expired',
    });
  });

  it('expires by the message where its time is shorter', () => {
    broker.declareQueue('long', { ttlMs: 1_000 });
    const client = new Client(broker);
    client.publish('own ttl', { routingKey: 'long', ttlMs: 10 });
    broker.step();
    drive.time = 10;
    broker.step();
    expect(broker.counts('long')?.messages).toBe(0);
  });

  it('sends nothing dead in a circle', () => {
    broker.declareQueue('circle', { ttlMs: 0, deadLetter: { exchange: '', routingKey: 'circle' } });
    new Client(broker).publish('a', { routingKey: 'circle' });
    broker.step();
    expect(broker.counts('circle')?.messages).toBe(0);
  });

  it('reads no publication while an alarm lasts, and all of them afterwards', () => {
    const client = new Client(broker);
    broker.alarm('memory');
    const outcome = client.publish('a');
    broker.step();
    broker.step();
    expect(client.told).toEqual(['memory']);
    expect(outcome.answer).toBeUndefined();
    broker.alarm(undefined);
    broker.step();
    broker.step();
    expect(client.told).toEqual(['memory', 'unblocked']);
    expect(outcome.answer).toBe('confirmed');
  });

  it('closes a channel that settles what it does not have', () => {
    const client = new Client(broker);
    client.publish('a');
    client.consume();
    broker.step();
    client.settle(2);
    broker.step();
    expect(client.consumer).toBeUndefined();
    expect(broker.counts('q')?.messages).toBe(1);
  });

  it('tells consumers of a queue that is deleted', () => {
    const client = new Client(broker);
    client.consume();
    broker.deleteQueue('q');
    expect(client.told).toEqual(['cancelled']);
    expect(broker.counts('q')).toBeUndefined();
  });

  it('refuses a name that is declared differently', () => {
    broker.declareQueue('q', { priorities: false });
    expect(() => broker.declareQueue('q', { priorities: true })).toThrow(`queue 'q'`);
    broker.declareExchange('x', { type: 'topic' });
    expect(() => broker.declareExchange('x', { type: 'direct' })).toThrow(`exchange 'x'`);
  });

  it('takes turns among the consumers that have room', () => {
    const [one, two] = [new Client(broker), new Client(broker)];
    one.consume('q', 1);
    two.consume('q', 3);
    for (const text of ['a', 'b', 'c', 'd', 'e']) one.publish(text);
    broker.step();
    expect([one.texts, two.texts]).toEqual([['a'], ['b', 'c', 'd']]);
  });
});

type Action = { do: 'publish' | 'consume' | 'settle' | 'settleAll' | 'dropConnections' | 'dropChannels' | 'restart' | 'step' | 'alarm' | 'calm'; client: number };

const actions = fc.array(fc.record({
  do: fc.constantFrom<Action['do'][]>('publish', 'publish', 'publish', 'consume', 'consume', 'settle', 'settle', 'settleAll', 'dropConnections', 'dropChannels', 'restart', 'step', 'step', 'step', 'alarm', 'calm'),
  client: fc.nat(2),
}), { maxLength: 60 });

describe('a memory broker under any interleaving', () => {
  for (const singleActiveConsumer of [false, true]) {
    it(`loses nothing confirmed and keeps the order of first deliveries${singleActiveConsumer ? ' with a single active consumer' : ''}`, () => {
      fc.assert(fc.property(actions, (list) => {
        const broker = new MemoryBroker(new HandDrive());
        broker.declareQueue('q', { singleActiveConsumer });
        const log: Received[] = [];
        const clients = [0, 1, 2].map(() => new Client(broker, log));
        const published = new Map<string, { answer?: Answer }>();
        const settled = new Set<string>();
        const settle = (client: Client, upTo: boolean) => {
          const last = upTo ? client.received.at(-1) : client.received[0];
          if (!last || !client.consumer) return;
          client.settle(last.tag, upTo);
          for (const { text } of upTo ? client.received : [last]) settled.add(text);
          client.received = client.received.filter(({ tag }) => tag > last.tag);
        };
        const act = ({ do: what, client: index }: Action) => {
          const client = clients[index]!;
          switch (what) {
            case 'publish': {
              const text = `${index}:${published.size}`;
              return void published.set(text, client.publish(text));
            }
            case 'consume': return client.consumer ? undefined : client.consume('q', 2);
            case 'settle': return settle(client, false);
            case 'settleAll': return settle(client, true);
            case 'dropConnections': return broker.dropConnections();
            case 'dropChannels': return broker.dropChannels();
            case 'restart': broker.stop(); return broker.start();
            case 'step': return broker.step();
            case 'alarm': return broker.alarm('memory');
            case 'calm': return broker.alarm(undefined);
          }
        };
        for (const action of list) act(action);

        // What is left comes to an end in peace.
        broker.alarm(undefined);
        broker.dropChannels();
        for (let round = 0; round < list.length + 3; round++) {
          if (!clients[0]!.consumer) clients[0]!.consume('q', 2);
          broker.step();
          settle(clients[0]!, true);
        }
        const confirmed = [...published].filter(([, { answer }]) => answer === 'confirmed').map(([text]) => text);
        expect(confirmed.filter((text) => !settled.has(text))).toEqual([]);
        expect(broker.counts('q')?.messages).toBe(0);

        const firsts = log.filter(({ text }, index) => log.findIndex((other) => other.text === text) === index);
        expect(firsts.filter(({ redelivered }) => redelivered)).toEqual([]);
        for (const index of clients.keys()) {
          const own = firsts.map(({ text }) => text.split(':').map(Number)).filter(([publisher]) => publisher === index).map(([, number]) => number!);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
      }), { numRuns: 300 });
    });
  }
});
