import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  const failed = (state: 'parked' | 'dead', days: number) => before.database.query(
    `INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, state, attempts, due_at, reason, message, last_failed_at)
     VALUES ('nobody', $1, 'x.y', '', $2, '{}', $3, 1, CASE WHEN $3 = 'parked' THEN now() + interval '1 day' END, 'r', 'm', now() - make_interval(days => $4, hours => 1))`,
    [`${state} ${days}`, randomBytes(32), state, days]);

  it('forgets what is past its time and nothing else', async () => {
    for (const days of [6, 7, 8]) await received(days);
    for (const days of [6, 7]) await failed('dead', days);
    await failed('parked', 30);
    await mesh.start('fabric');
    await eventually(async () => {
      const inbox = await before.database.query<{ consumer: string }>('SELECT consumer FROM inbox ORDER BY 1');
      const parked = await before.database.query<{ message_id: string }>('SELECT message_id FROM parked ORDER BY 1');
      expect(inbox.map((row) => row.consumer)).toEqual(['6 days', '7 days']);
      expect(parked.map((row) => row.message_id)).toEqual(['dead 6', 'parked 30']);
    });
  });
});
