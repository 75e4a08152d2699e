import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRabbitmq } from '@heddle/local';
import pg from 'pg';
import type { UndoStack } from '../local/src/start/undo-stack.ts';
import { type BusOptions, readBusOptions } from './bus/bus-options.ts';
import { busReport, ROAD_NAMES, summariseBus } from './bus/bus-report.ts';
import type { RoadName } from './bus/road.ts';
import { type Travel, travel } from './bus/travel.ts';
import { runBounded, stoppedBy } from './lifecycle/run-bounded.ts';

/** How much of the raw road's burst each gets, so that bursts take about as long. */
const SHARES: Record<RoadName, number> = { raw: 1, nest: 0.5, kept: 0.1, batch: 0.5, single: 0.1 };

process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  try {
    const options = readBusOptions(args);
    return options === undefined ? 0 : await runBounded((undo) => measure(options, undo));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

async function measure({ messages, runs, rate, roads, json, profiles }: BusOptions, undo: UndoStack): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  undo.push(async () => rmSync(folder, { recursive: true, force: true }));
  // A folder of its own makes it sync: what is measured is what a crash would not take back.
  const postgres = await stoppedBy(undo, startPostgres({ folder: join(folder, 'postgres') }));
  const rabbitmq = await stoppedBy(undo, startRabbitmq({ tell: (line) => console.log(line) }));
  const { amqpUrl } = rabbitmq;
  const servers = { postgres: postgres.pid, rabbitmq: rabbitmq.pid };
  const travels: Partial<Record<RoadName, Travel[]>> = Object.fromEntries(roads.map((road) => [road, []]));
  for (let run = 1; run <= runs; run++) {
    for (const road of roads) {
      const databaseUrl = await freshDatabase(postgres.url, `bench_${road}_${run}`);
      const figures = await travel({ amqpUrl, databaseUrl }, { road, messages: Math.ceil(messages * SHARES[road]), rate, profiles, servers }, undo);
      travels[road]!.push(figures);
      console.log(`run ${run}: ${ROAD_NAMES[road]}: ${figures.perSecond.toFixed(0)} messages/s, p50 ${figures.p50Ms.toFixed(1)} ms, p99 ${figures.p99Ms.toFixed(1)} ms, cpu ${Object.entries(figures.cpu).map(([part, used]) => `${part} ${used.toFixed(0)}`).join(', ')} us, load ${load()}`);
    }
  }
  const lines = summariseBus(travels);
  console.log(`\n${busReport(lines, { runs, rate, load: load() })}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ messages, runs, rate, node: process.version, travels, lines }, null, 2)}\n`);
}

async function freshDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

function load(): string {
  return loadavg()[0]!.toFixed(1);
}
