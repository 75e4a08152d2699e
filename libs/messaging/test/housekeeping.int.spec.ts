import { randomBytes, randomUUID } from 'node:crypto';
import { dayOf } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeadLetterStore } from '../src/inbox/dead-letter-store.ts';
import { Mesh, type TestService } from './mesh.ts';

describe('a service that starts', () => {
  let mesh: Mesh;
  let before: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    before = await mesh.start('fabric');
  });
  afterAll(() => mesh.stop());

  const received = (days: number) => before.database.query(
    `INSERT INTO inbox (consumer, message_id, body_hash, received_at) VALUES ($1, $2, $3, now() - make_interval(days => $4, hours => 1))`,
    [`${days} days`, randomUUID(), randomBytes(32), days]);
  const parked = (days: number) => before.database.query(
    `INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message, last_failed_at)
     VALUES ('nobody', $1, 'x.y', '', $2, '{}', 1, now() + interval '1 day', 'r', 'm', now() - make_interval(days => $3))`,
    [`parked ${days}`, randomBytes(32), days]);
  const died = async (days: number) => {
    const day = dayOf(new Date(), -days);
    await before.running.app.get(DeadLetterStore).partitions.ensure(day);
    await before.database.query(
      `INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, body, body_hash, size, headers, state, attempts, reason, message, cause, pattern, first_failed_at, last_failed_at)
       VALUES ($1, $2, 'nobody', $3, 'x.y', '', '', 0, '{}', 'dead', 1, 'r', 'm', 'c', 'p', now(), now())`, [day, randomUUID(), `dead ${days}`]);
  };

  it('forgets what is past its time and nothing else', async () => {
    for (const days of [6, 7, 8]) await received(days);
    for (const days of [7, 8]) await died(days);
    await parked(30);
    await mesh.start('fabric');
    await eventually(async () => {
      const names = async (column: string, table: string) => (await before.database.query<{ name: string }>(`SELECT ${column} AS name FROM ${table} ORDER BY 1`)).map((row) => row.name);
      expect(await names('consumer', 'inbox')).toEqual(['6 days', '7 days']);
      expect(await names('message_id', 'dead_letter')).toEqual(['dead 7']);
      expect(await names('message_id', 'parked')).toEqual(['parked 30']);
    });
  });
});
