import type { HeldMessage } from '@heddle/contracts';
import type { Database } from '@heddle/platform';
import type { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import type { ParkingLot } from '../inbox/parking-lot.ts';
import { heldMessages } from './held-messages.ts';

/** Tasks of one type that were given up, and that nobody has closed or tried again. */
export interface GivenUpTasks {
  queue: string;
  type: string;
  count: number;
}

/** What waits in the tables of the bus. */
export interface TableCounts {
  outbox: { messages: number; held: number; oldestSeconds: number };
  heldMessages: HeldMessage[];
  parked: number;
  dead: number;
  givenUp: GivenUpTasks[];
}

/** Counts outbox, parked messages, dead letters and tasks that were given up. */
export async function countTables(database: Database, parkingLot: ParkingLot, deadLetters: DeadLetterStore): Promise<TableCounts> {
  const [outbox] = await database.query<{ rows: string; held: string; age: number | null }>(`
    SELECT count(*) AS rows, count(*) FILTER (WHERE due_at IS NOT NULL) AS held, extract(epoch FROM now() - min(created_at))::float AS age FROM outbox`);
  const held = Number(outbox?.held ?? 0);
  return {
    heldMessages: held === 0 ? [] : await heldMessages(database),
    outbox: { messages: Number(outbox?.rows ?? 0), held, oldestSeconds: Math.max(0, outbox?.age ?? 0) },
    parked: await parkingLot.count(), dead: await deadLetters.count(), givenUp: await givenUpTasks(database),
  };
}

async function givenUpTasks(database: Database): Promise<GivenUpTasks[]> {
  const rows = await database.query<{ queue: string; type: string; count: string }>(`SELECT queue, type, count(*) AS count FROM task WHERE state = 'failed' GROUP BY queue, type`);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
