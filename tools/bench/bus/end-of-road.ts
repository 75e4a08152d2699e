import { setTimeout as delay } from 'node:timers/promises';
import { batchRoad, singleRoad } from './heddle-roads.ts';
import { nestKeptRoad } from './nest-kept-road.ts';
import { nestRoad } from './nest-road.ts';
import { rawRoad } from './raw-road.ts';
import { ageOf, now, type Road, type RoadName, textAt } from './road.ts';

/** What an end is told: the sender to send, the taker to expect, both to tell of their memory. */
export type Order = { order: 'send'; count: number; perSecond?: number } | { order: 'expect'; count: number } | { order: 'memory' };

/** What it answers; times are milliseconds since the epoch. */
export type Answer =
  | { answer: 'ready' }
  | { answer: 'sent'; begunAt: number }
  | { answer: 'expecting' }
  | { answer: 'taken'; endedAt: number; ages: number[] }
  | { answer: 'memory'; mib: number };

const roads: Record<RoadName, Road> = { raw: rawRoad, nest: nestRoad, kept: nestKeptRoad, single: singleRoad, batch: batchRoad };
const [, , name, end, amqpUrl = '', databaseUrl = ''] = process.argv;
const road = roads[name as RoadName];

function answer(message: Answer): void {
  process.send!(message);
}

process.on('message', (order: Order) => { if (order.order === 'memory') answer({ answer: 'memory', mib: Math.round(process.memoryUsage().rss / 1_048_576) }); });
process.on('disconnect', () => process.exit(0));

if (end === 'sender') {
  const sender = await road.sender({ amqpUrl, databaseUrl });
  process.on('message', (order: Order) => {
    if (order.order !== 'send') return;
    const begunAt = now();
    const sending = order.perSecond === undefined ? burst(order.count) : paced(order.count, order.perSecond);
    sending.then(() => answer({ answer: 'sent', begunAt }), (error: unknown) => { throw error; });
  });

  async function burst(count: number): Promise<void> {
    let left = count;
    const lane = async () => {
      while (left > 0) {
        const size = Math.min(sender.group, left);
        left -= size;
        await sender.send(Array.from({ length: size }, () => textAt(now())));
      }
    };
    await Promise.all(Array.from({ length: sender.concurrency }, lane));
  }

  /** One at a time by the clock, whether or not the one before has arrived. */
  async function paced(count: number, perSecond: number): Promise<void> {
    const start = now();
    const sending: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      const wait = start + index * 1_000 / perSecond - now();
      if (wait > 0) await delay(wait);
      sending.push(sender.send([textAt(now())]));
    }
    await Promise.all(sending);
  }
} else {
  let expected = 0;
  let ages: number[] = [];
  await road.taker({ amqpUrl, databaseUrl }, (text) => {
    ages.push(ageOf(text));
    if (ages.length === expected) answer({ answer: 'taken', endedAt: now(), ages });
  });
  process.on('message', (order: Order) => {
    if (order.order !== 'expect') return;
    expected = order.count;
    ages = [];
    answer({ answer: 'expecting' });
  });
}
answer({ answer: 'ready' });
