import { expect, it } from 'vitest';
import { busReport, summariseBus } from './bus-report.ts';

const travel = (perSecond: number) => ({ perSecond, p50Ms: perSecond / 1_000, p99Ms: 9, senderMib: 90, takerMib: 80, cpu: { sender: 10, taker: 20, postgres: 30, rabbitmq: 40 } });

it('takes medians and their ratio to raw amqplib', () => {
  const lines = summariseBus({ raw: [travel(10_000), travel(30_000), travel(20_000)], batch: [travel(9_000), travel(11_000), travel(10_000)] });
  expect(lines.map(({ road, perSecond, ratio, least, most }) => ({ road, perSecond, ratio, least, most }))).toEqual([
    { road: 'raw', perSecond: 20_000, ratio: 1, least: 10_000, most: 30_000 }, { road: 'batch', perSecond: 10_000, ratio: 0.5, least: 9_000, most: 11_000 },
  ]);
  const report = busReport(lines, { runs: 3, rate: 100, load: '1.0' });
  expect(report).toMatch(/Heddle, batches +10000 +9000-11000 +0.50 +10.0 ms/);
  expect(report).toMatch(/Heddle, batches +100 +10 +20 +30 +40/);
});
