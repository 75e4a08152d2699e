import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { errorToWire, Stalled } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Publication, PublishOutcome } from '../src/broker/confirm-publisher.ts';
import { Delivery } from '../src/consume/delivery.ts';
import { REQUESTS_EXCHANGE, type Topology } from '../src/topology/topology.ts';
import type { Answer, Publisher, QueueConsumer, Transport } from '../src/transport/transport.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';

const PATIENCE = { timeout: 30_000 };

const DIRECT = 'conf.direct';
const TOPIC = 'conf.topic';

/** A queue for each case, bound by its name, so that none sees another's messages. */
const CASES = ['order', 'sharing', 'prefetch', 'twice', 'late', 'group', 'cancel', 'channel', 'deleted', 'alarm', 'cut', 'restart', 'kept', 'both-1', 'both-2', 'returned'] as const;

const TOPOLOGY: Topology = {
  exchanges: [{ name: DIRECT, type: 'direct' }, { name: TOPIC, type: 'topic' }, { name: REQUESTS_EXCHANGE, type: 'direct' }],
  groups: [],
  queues: [
    ...CASES.map((name) => ({ name: `conf.${name}`, service: 'fabric' as const, bindings: [{ exchange: DIRECT, key: name }] })),
    { name: 'conf.one-word', service: 'fabric', bindings: [{ exchange: TOPIC, key: 'a.*' }] },
    { name: 'conf.any-words', service: 'fabric', bindings: [{ exchange: TOPIC, key: 'a.#' }] },
    { name: 'conf.last-word', service: 'fabric', bindings: [{ exchange: TOPIC, key: '#.z' }] },
  ],
};

type To = Partial<Omit<Publication, 'body'>>;

/** A client with a publisher, and what its consumers have got. */
class Client {
  readonly publisher: Publisher;
  readonly #consumers: QueueConsumer[] = [];

  constructor(readonly transport: Transport) {
    this.publisher = transport.publisher();
  }

  async start(): Promise<this> {
    this.transport.start();
    this.publisher.start(() => undefined);
    if (!await this.transport.untilUp(60_000)) throw new Error(`The transport is not up: ${this.transport.fault}`);
    await this.untilFree();
    return this;
  }

  async untilFree(): Promise<void> {
    await eventually(() => this.publisher.free > 0, PATIENCE);
  }

  publish(text: string, routingKey: string, to: To = {}): Promise<PublishOutcome> {
    return this.publisher.publish({ exchange: DIRECT, routingKey, messageId: randomUUID(), type: 'conf.message', body: Buffer.from(text), headers: {}, priority: 4, ...to });
  }

  /** Publishes it again until it is confirmed. */
  async deliver(text: string, routingKey: string): Promise<void> {
    for (;;) {
      await this.untilFree();
      if (await this.publish(text, routingKey) === 'confirmed') return;
      await delay(20);
    }
  }

  async consume(queue: string, { prefetch = 100, settle = true }: { prefetch?: number; settle?: boolean } = {}): Promise<Taken> {
    const taken = new Taken(settle);
    taken.consumer = this.transport.consumer({ queue, prefetch, onDelivery: (delivery) => taken.add(delivery), onLost: () => { taken.lost += 1; } });
    this.#consumers.push(taken.consumer);
    taken.consumer.start();
    if (!await taken.consumer.untilOpen(60_000)) throw new Error(`Queue '${queue}' is not consumed: ${this.transport.fault}`);
    return taken;
  }

  async stop(): Promise<void> {
    for (const consumer of this.#consumers) await consumer.close();
    await this.publisher.close();
    await this.transport.close();
  }
}

/** What a consumer has got, in the order in which it came. */
class Taken {
  readonly deliveries: Delivery[] = [];
  consumer!: QueueConsumer;
  /** How often its channel was lost. */
  lost = 0;

  constructor(private readonly settles: boolean) {}

  add(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.settles) delivery.settle();
  }

  get texts(): string[] {
    return this.deliveries.map(({ body }) => body.toString());
  }

  async until(count: number): Promise<string[]> {
    await eventually(() => this.deliveries.length >= count, PATIENCE);
    return this.texts;
  }
}

/**
 * What the bus relies on, whatever the broker is: one suite, run on every transport. Each case has queues of its own on
 * one broker that belongs to the suite.
 */
export function transportConformance(name: string, start: () => Promise<BrokerUnderTest>): void {
  describe(`the transport on ${name}`, () => {
    let broker: BrokerUnderTest;
    let client: Client;
    let clients: Client[] = [];
    let declaredAt: number;

    const another = async (topology = TOPOLOGY) => {
      const made = new Client(broker.transport(topology));
      clients.push(made);
      return made.start();
    };
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

    beforeAll(async () => {
      broker = await start();
      const first = await another();
      await first.stop();
      clients = [];
      declaredAt = performance.now();
    }, 180_000);
    afterAll(() => broker.stop(), 60_000);
    beforeEach(async () => { client = await another(); });
    afterEach(async () => {
      for (const each of clients) await each.stop();
      clients = [];
    });

    describe('publishing', () => {
      it('confirms what is in every bound queue', async () => {
        await broker.declare({
          exchanges: [{ name: 'conf.fanout', type: 'fanout' }],
          queues: ['both-1', 'both-2'].map((each) => ({ name: `conf.fan-${each}`, bindings: [{ exchange: 'conf.fanout', key: '' }] })),
        });
        expect(await client.publish('a', 'whatever', { exchange: 'conf.fanout' })).toBe('confirmed');
        for (const queue of ['conf.fan-both-1', 'conf.fan-both-2']) expect(await (await client.consume(queue)).until(1)).toEqual(['a']);
      });

      it('returns what no queue takes, and that alone', async () => {
        const outcomes = await Promise.all([client.publish('a', 'returned'), client.publish('b', 'nowhere'), client.publish('c', 'returned')]);
        expect(outcomes).toEqual(['confirmed', 'returned', 'confirmed']);
      });

      it('confirms nothing at an exchange that is missing, and goes on', async () => {
        expect(await client.publish('a', 'x', { exchange: 'conf.missing' })).not.toBe('confirmed');
        await client.deliver('after it', 'returned');
      });

      it('counts what is on its way against its window', async () => {
        const publisher = client.transport.publisher({ window: 2 });
        publisher.start(() => undefined);
        await eventually(() => publisher.free === 2, PATIENCE);
        const publication = { exchange: DIRECT, routingKey: 'returned', type: 'conf.message', body: Buffer.from('a'), headers: {}, priority: 4 };
        const answers = [publisher.publish({ ...publication, messageId: '1' }), publisher.publish({ ...publication, messageId: '2' })];
        expect([publisher.free, publisher.inFlight]).toEqual([0, 2]);
        await Promise.all(answers);
        expect([publisher.free, publisher.inFlight]).toEqual([2, 0]);
        await publisher.close();
      });

      it('is unknown without a connection', async () => {
        await client.transport.close();
        await eventually(() => client.publisher.free === 0, PATIENCE);
        expect(await client.publish('a', 'returned')).toBe('unknown');
        expect(client.transport.fault).toEqual(expect.any(String));
      });
    });

    describe('routing', () => {
      /** What came to each queue, by the texts that were published. */
      const routed = async (queues: readonly string[], count: number) => {
        const taken = await Promise.all(queues.map((queue) => client.consume(queue)));
        await eventually(() => taken.reduce((sum, { deliveries }) => sum + deliveries.length, 0) >= count, PATIENCE);
        return Object.fromEntries(taken.map(({ texts }, index) => [queues[index]!, texts]));
      };

      it('takes words at a topic exchange', async () => {
        for (const key of ['a', 'a.b', 'a.b.z', 'a.z', 'z']) expect(await client.publish(key, key, { exchange: TOPIC })).toBe('confirmed');
        expect(await client.publish('b', 'b', { exchange: TOPIC })).toBe('returned');
        expect(await routed(['conf.one-word', 'conf.any-words', 'conf.last-word'], 9)).toEqual({
          'conf.one-word': ['a.b', 'a.z'], 'conf.any-words': ['a', 'a.b', 'a.b.z', 'a.z'], 'conf.last-word': ['a.b.z', 'a.z', 'z'],
        });
      });

      it('takes equal keys at a direct exchange', async () => {
        for (const key of ['both-1', 'both-2']) await client.publish(key, key);
        expect(await routed(['conf.both-1', 'conf.both-2'], 2)).toEqual({ 'conf.both-1': ['both-1'], 'conf.both-2': ['both-2'] });
      });

      it('keeps a key in one queue at a consistent-hash exchange', async () => {
        const queues = numbers(4).map((each) => `conf.hash-${each}`);
        await broker.declare({
          exchanges: [{ name: 'conf.hash', type: 'consistent-hash', hashHeader: 'key' }],
          queues: queues.map((each) => ({ name: each, bindings: [{ exchange: 'conf.hash', key: '1' }] })),
        });
        const keys = numbers(40).flatMap((key) => [key, key, key]);
        for (const key of keys) expect(await client.publish(key, '', { exchange: 'conf.hash', headers: { key: `key ${key}` } })).toBe('confirmed');
        const byQueue = Object.values(await routed(queues, keys.length));
        expect(byQueue.flat().toSorted()).toEqual(keys.toSorted());
        expect(byQueue.filter((texts) => texts.length > 0).length).toBeGreaterThan(1);
        expect(byQueue.reduce((sum, texts) => sum + new Set(texts).size, 0)).toBe(40);
      });
    });

    describe('consuming', () => {
      it('keeps the order within a queue', async () => {
        const texts = numbers(100);
        await Promise.all(texts.map((text) => client.publish(text, 'order')));
        expect(await (await client.consume('conf.order', { prefetch: 7 })).until(100)).toEqual(texts);
      });

      it('shares among competing consumers, each message once', async () => {
        const taken = [await client.consume('conf.sharing', { prefetch: 1 }), await (await another()).consume('conf.sharing', { prefetch: 1 })];
        for (const text of numbers(30)) await client.publish(text, 'sharing');
        await eventually(() => taken.reduce((sum, { deliveries }) => sum + deliveries.length, 0) >= 30, PATIENCE);
        expect(taken.flatMap(({ texts }) => texts).toSorted()).toEqual(numbers(30).toSorted());
        for (const { deliveries } of taken) expect(deliveries.length).toBeGreaterThan(5);
      });

      it('has no more in hand than the prefetch', async () => {
        for (const text of numbers(10)) await client.publish(text, 'prefetch');
        const taken = await client.consume('conf.prefetch', { prefetch: 3, settle: false });
        await eventually(async () => (await client.transport.counts('conf.prefetch'))?.messages === 7, PATIENCE);
        expect(taken.texts).toEqual(['0', '1', '2']);
        taken.deliveries[1]!.settle();
        expect(await taken.until(4)).toEqual(['0', '1', '2', '3']);
      });

      it('settles a delivery once', async () => {
        const taken = await client.consume('conf.twice', { prefetch: 1, settle: false });
        await client.publish('a', 'twice');
        await taken.until(1);
        taken.deliveries[0]!.settle();
        taken.deliveries[0]!.settle();
        await client.publish('b', 'twice');
        expect(await taken.until(2)).toEqual(['a', 'b']);
        // A second acknowledgement would be a mistake that costs the channel.
        taken.deliveries[1]!.settle();
        await eventually(async () => (await client.transport.counts('conf.twice'))?.messages === 0, PATIENCE);
        expect(taken.lost).toBe(0);
      });

      it('settles nothing late that came on a lost channel', async () => {
        const taken = await client.consume('conf.late', { prefetch: 1, settle: false });
        await client.publish('a', 'late');
        await taken.until(1);
        await broker.dropConnections();
        await taken.until(2);
        expect(taken.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
        // On its new channel the message has the same tag again.
        taken.deliveries[0]!.settle();
        await broker.dropChannels(client.transport);
        expect(await taken.until(3)).toEqual(['a', 'a', 'a']);
        taken.deliveries[2]!.settle();
        await taken.consumer.close();
        expect(await client.transport.counts('conf.late')).toMatchObject({ messages: 0 });
      });

      it('settles a group at once, and not what was left in it', async () => {
        for (const text of numbers(5)) await client.publish(text, 'group');
        const taken = await client.consume('conf.group', { settle: false });
        await taken.until(5);
        const [first, ...others] = taken.deliveries;
        first!.leave();
        Delivery.settleAll(others);
        await taken.consumer.close();
        taken.consumer.start();
        expect((await taken.until(6)).slice(5)).toEqual(['0']);
        expect(taken.deliveries[5]!.redelivered).toBe(true);
      });

      it('takes no more after a cancel, settles what is in hand, and gives back the rest', async () => {
        for (const text of numbers(4)) await client.publish(text, 'cancel');
        const taken = await client.consume('conf.cancel', { prefetch: 2, settle: false });
        await taken.until(2);
        await taken.consumer.cancel();
        taken.deliveries[0]!.settle();
        await taken.consumer.close();
        expect(taken.deliveries.length).toBe(2);
        expect(await (await client.consume('conf.cancel')).until(3)).toEqual(['1', '2', '3']);
      });

      it('opens a channel again that the broker closed', async () => {
        const taken = await client.consume('conf.channel', { settle: false });
        await client.publish('a', 'channel');
        await taken.until(1);
        await broker.dropChannels(client.transport);
        await eventually(() => taken.lost === 1, PATIENCE);
        expect(await taken.until(2)).toEqual(['a', 'a']);
      });

      it('fails over in order to the next of single active consumers', async () => {
        await broker.declare({ queues: [{ name: 'conf.single', singleActiveConsumer: true, bindings: [{ exchange: DIRECT, key: 'single' }] }] });
        const first = await another();
        const active = await first.consume('conf.single', { prefetch: 2, settle: false });
        const waiting = await client.consume('conf.single', { prefetch: 2 });
        for (const text of numbers(10)) await client.publish(text, 'single');
        await active.until(2);
        active.deliveries[0]!.settle();
        await active.until(3);
        expect(waiting.texts).toEqual([]);
        await first.stop();
        expect(await waiting.until(9)).toEqual(numbers(10).slice(1));
      });

      it('takes higher priorities first, or keeps the order where there are none', async () => {
        await broker.declare({ queues: [{ name: 'conf.priority', priorities: broker.priorities, bindings: [{ exchange: DIRECT, key: 'priority' }] }] });
        const priorities = [0, 9, 4, 9, 1];
        for (const [index, priority] of priorities.entries()) await client.publish(`${priority} ${index}`, 'priority', { priority });
        const texts = await (await client.consume('conf.priority', { prefetch: 1 })).until(5);
        expect(texts).toEqual(broker.priorities ? ['9 1', '9 3', '4 2', '1 4', '0 0'] : ['0 0', '9 1', '4 2', '9 3', '1 4']);
      });

      it('moves what has expired, with a note where it waited', async () => {
        await broker.declare({
          exchanges: [{ name: 'conf.expired', type: 'fanout' }],
          queues: [
            { name: 'conf.short', ttlMs: 100, deadLetter: { exchange: 'conf.expired' }, bindings: [{ exchange: DIRECT, key: 'short' }] },
            { name: 'conf.lasting', deadLetter: { exchange: 'conf.expired' }, bindings: [{ exchange: DIRECT, key: 'lasting' }] },
            { name: 'conf.expired', bindings: [{ exchange: 'conf.expired', key: '' }] },
          ],
        });
        const expired = await client.consume('conf.expired');
        await client.publish('by its queue', 'short');
        await client.publish('by itself', 'lasting', { expiresAt: new Date(Date.now() + 100) });
        await client.publish('not at all', 'lasting');
        expect((await expired.until(2)).toSorted()).toEqual(['by its queue', 'by itself']);
        const deaths = expired.deliveries.map(({ body, headers }) => [body.toString(), headers['x-death']]);
        expect(Object.fromEntries(deaths)).toMatchObject({
          'by its queue': [{ queue: 'conf.short', reason: 'expired', count: 1 }], 'by itself': [{ queue: 'conf.lasting', reason: 'expired', exchange: DIRECT, 'routing-keys': ['lasting'] }],
        });
        expect(await client.transport.counts('conf.lasting')).toMatchObject({ messages: 1 });
      });
    });

    describe('the topology', () => {
      it('is declared again without a difference', async () => {
        expect((await another()).transport.differences).toEqual([]);
      });

      it('is used as it is where it differs, the difference named', async () => {
        await broker.declare({ queues: [{ name: 'conf.differs', ttlMs: 60_000 }] });
        const other = await another({ ...TOPOLOGY, queues: [{ name: 'conf.differs', service: 'fabric', bindings: [{ exchange: DIRECT, key: 'differs' }] }] });
        expect(other.transport.differences).toMatchObject([{
          entity: 'queue conf.differs', reason: expect.stringContaining('PRECONDITION') as string, remedy: expect.stringContaining('delete queue conf.differs') as string,
        }]);
        expect(await other.publish('a', 'differs')).toBe('confirmed');
        expect(await (await other.consume('conf.differs')).until(1)).toEqual(['a']);
      });

      it('is declared anew when a queue was deleted, which is then consumed again', async () => {
        const taken = await client.consume('conf.deleted');
        await broker.deleteQueue('conf.deleted');
        await client.deliver('after it', 'deleted');
        expect(await taken.until(1)).toEqual(['after it']);
      });

      it('tells what a queue holds, and that there is none', async () => {
        await broker.declare({ queues: [{ name: 'conf.counted', bindings: [{ exchange: DIRECT, key: 'counted' }] }] });
        await client.publish('a', 'counted');
        await eventually(async () => expect(await client.transport.counts('conf.counted')).toEqual({ messages: 1, consumers: 0 }), PATIENCE);
        expect(await client.transport.counts('conf.none')).toBeUndefined();
      });
    });

    describe('asking', () => {
      const answering = async (by: Client, answer: Answer) => {
        const answerer = by.transport.answerer('fabric', answer);
        answerer.start();
        expect(await answerer.untilOpen(30_000)).toBe(true);
        return answerer;
      };
      const asking = async () => {
        const asker = client.transport.asker();
        asker.start();
        expect(await asker.untilOpen(30_000)).toBe(true);
        return { close: () => asker.close(), ask: async (text: string, deadlineMs = 30_000) => (await asker.ask({ service: 'fabric', method: 'conf.echo', body: Buffer.from(text), headers: { asked: text }, deadlineMs })).toString() };
      };
      const ok = (text: string): ReturnType<Answer> => Promise.resolve({ outcome: 'ok', body: Buffer.from(text) });

      it('brings answers and errors back', async () => {
        const answerer = await answering(client, async ({ method, body, headers }) => body.toString() === 'bad'
          ? { outcome: 'error', body: Buffer.from(JSON.stringify(errorToWire(new Stalled({ code: 'CONF-001', message: 'no', remedy: 'none' })))) }
          : ok(`${method} ${body.toString()} ${String(headers['asked'])}`));
        const { ask, close } = await asking();
        expect(await Promise.all([ask('one'), ask('two')])).toEqual(['conf.echo one one', 'conf.echo two two']);
        await expect(ask('bad')).rejects.toMatchObject({ code: 'CONF-001' });
        await close();
        await answerer.close();
      });

      it('tells at once that nobody answers', async () => {
        const answerer = await answering(client, () => ok('here'));
        const { ask, close } = await asking();
        expect(await ask('a')).toBe('here');
        await answerer.cancel();
        await answerer.close();
        await eventually(() => expect(ask('a')).rejects.toMatchObject({ code: 'BUS-020' }), PATIENCE);
        await close();
      });

      it('gives up at the deadline', async () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const answerer = await answering(client, async () => {
          await promise;
          return ok('late');
        });
        const { ask, close } = await asking();
        await expect(ask('a', 100)).rejects.toMatchObject({ code: 'BUS-021' });
        resolve();
        await close();
        await answerer.close();
      });

      it('gives up when the connection is lost, and goes on with the next', async () => {
        const asked: string[] = [];
        const answerer = await answering(await another(), async ({ body }) => {
          asked.push(body.toString());
          return body.toString() === 'held' ? new Promise(() => undefined) : ok('again');
        });
        const { ask, close } = await asking();
        const held = expect(ask('held')).rejects.toMatchObject({ code: 'BUS-022' });
        await eventually(() => asked.includes('held'), PATIENCE);
        await broker.dropConnections();
        await held;
        await eventually(async () => await ask('next') === 'again', PATIENCE);
        await close();
        await answerer.close();
      });

      it('shares questions among answerers', async () => {
        const [one, two] = [await answering(client, () => ok('one')), await answering(await another(), () => ok('two'))];
        const { ask, close } = await asking();
        expect(new Set(await Promise.all(numbers(10).map((text) => ask(text))))).toEqual(new Set(['one', 'two']));
        await close();
        for (const each of [one, two]) await each.close();
      });
    });

    describe('a broker in need', () => {
      it('takes no messages in an alarm, and acknowledgements all the same', { timeout: 120_000 }, async () => {
        const taken = await client.consume('conf.alarm', { settle: false });
        await client.publish('before', 'alarm');
        await taken.until(1);
        await broker.alarm(true);
        let outcome: PublishOutcome | undefined;
        const answered = client.publish('during', 'alarm').then((each) => { outcome = each; });
        await eventually(() => client.publisher.free === 0 && client.transport.fault?.includes('blocked') === true, PATIENCE);
        expect(outcome).not.toBe('confirmed');
        taken.deliveries[0]!.settle();
        await taken.consumer.close();
        await eventually(async () => (await client.transport.counts('conf.alarm'))?.messages === 0, PATIENCE);
        await broker.alarm(false);
        await answered;
        // A publisher may have given up waiting: what became of the message is then unknown, and it is sent again.
        if (outcome !== 'confirmed') await client.deliver('during', 'alarm');
        taken.consumer.start();
        expect(new Set((await taken.until(2)).slice(1))).toEqual(new Set(['during']));
        expect(client.transport.fault).toBeUndefined();
      });

      /** Publishes with what goes wrong meanwhile, and tells what came to a consumer that was there all the time. */
      const underLoad = async (key: string, count: number, trouble: (progress: (published: number) => Promise<unknown>) => Promise<void>) => {
        const taken = await (await another()).consume(`conf.${key}`, { prefetch: 20 });
        let published = 0;
        const publishing = (async () => {
          for (const text of numbers(count)) {
            await client.deliver(text, key);
            published += 1;
          }
        })();
        await trouble((wanted) => eventually(() => published >= wanted, { timeout: 60_000 }));
        await publishing;
        await eventually(() => new Set(taken.texts).size >= count, { timeout: 60_000 });
        return taken;
      };

      it('loses nothing confirmed when connections are cut', { timeout: 180_000 }, async () => {
        const taken = await underLoad('cut', 120, async (progress) => {
          for (const wanted of [20, 60, 100]) {
            await progress(wanted);
            await broker.dropConnections();
          }
        });
        expect([...new Set(taken.texts)].toSorted()).toEqual(numbers(120).toSorted());
        expect(taken.lost).toBeGreaterThan(0);
      });

      it('loses nothing confirmed in a crash, and is consumed again by itself', { timeout: 240_000 }, async () => {
        await delay(Math.max(0, broker.registerFlushMs - (performance.now() - declaredAt)));
        for (const text of numbers(5)) await client.deliver(text, 'kept');
        const taken = await underLoad('restart', 200, async (progress) => {
          await progress(80);
          await broker.restart();
        });
        expect([...new Set(taken.texts)].toSorted()).toEqual(numbers(200).toSorted());
        expect(taken.lost).toBeGreaterThan(0);
        expect(await (await client.consume('conf.kept')).until(5)).toEqual(numbers(5));
      });
    });
  });
}
