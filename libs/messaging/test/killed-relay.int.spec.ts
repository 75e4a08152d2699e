import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MessageContext, OnMessage } from '../src/index.ts';
import { launchEffectService, type ServiceProcess } from './launch-service.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
  }
}

describe('a service that is killed', () => {
  let mesh: Mesh;
  let writer: TestService;
  let relays: ServiceProcess[] = [];

  beforeAll(async () => {
    mesh = await Mesh.create();
    // Declares the queues and the tables; its rows are for others to relay.
    writer = await mesh.start('fabric', [], { relay: false });
  });
  afterEach(async () => {
    for (const relay of relays) await relay.kill();
    relays = [];
  });
  afterAll(() => mesh.stop());

  const launch = async () => {
    const relay = await launchEffectService('fabric', mesh.database.url, mesh.vhost.amqpUrl);
    relays.push(relay);
    return relay;
  };

  it('between confirm and delete doubles messages and no effect', { timeout: 120_000 }, async () => {
    const reasons = Array.from({ length: 10 }, (_, index) => `doubled ${index}`);
    const already = await mesh.depth(QUEUE);
    await writer.database.transaction((tx) => writer.outbox.addMany(tx, reasons.map((reason) => ({ type: 'revision.wanted', data: wanted(reason) }))));
    // Rows that are locked are read and published, and can't be deleted.
    const lock = new pg.Client({ connectionString: mesh.database.url });
    await lock.connect();
    await lock.query('BEGIN');
    await lock.query('SELECT id FROM fabric.outbox FOR UPDATE');
    const victim = await launch();
    const deleting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%DELETE FROM outbox%'`;
    await eventually(async () => await mesh.depth(QUEUE) === already + reasons.length && (await writer.database.query(deleting)).length > 0, { timeout: 30_000 });
    await victim.kill();
    // PostgreSQL notices a client that has gone only when it would answer.
    await lock.query(deleting.replace('SELECT pid', 'SELECT pg_terminate_backend(pid)'));
    await eventually(async () => (await writer.database.query(deleting)).length === 0);
    await lock.query('COMMIT');
    await lock.end();
    expect(await writer.count('outbox')).toBe(reasons.length);

    await launch();
    await eventually(async () => expect([await writer.count('outbox'), await mesh.depth(QUEUE)]).toEqual([0, already + 2 * reasons.length]), { timeout: 30_000 });
    const reader = await mesh.start('git-sync');
    await reader.database.query('CREATE TABLE effect (reason text)');
    await reader.running.stop();
    const gitSync = await mesh.start('git-sync', [Reads]);
    await eventually(async () => expect(await gitSync.handled('duplicate')).toBe(reasons.length));
    expect(await gitSync.count('effect', `reason LIKE 'doubled%'`)).toBe(reasons.length);
  });
});
