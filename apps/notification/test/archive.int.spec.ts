import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import S3rver from '@20minutes/s3rver';
import { archiveDayList, archiveTaskCreate, archiveTaskGet, type ArchiveTask, type Envelope, eventSearch, type MessageData, replayCreate, replayGet } from '@heddle/contracts';
import { BusClient, type MessageContext, OnMessage, queueOf, type RunningService, runningTestService, runService } from '@heddle/messaging';
import { Clock, Database, Metrics, OutboundGuard, Secret, addressPolicy } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { Archive } from '../src/archive/archive.ts';
import { ArchiveService } from '../src/archive/archive.service.ts';
import type { ArchiveStore } from '../src/archive/archive-store.ts';
import { S3Store } from '../src/archive/s3-store.ts';
import { readConfig } from '../src/config.ts';
import { EventLogService } from '../src/event-log/event-log.service.ts';

const BUCKET = 'heddle';
/** The one account that the test server knows; it is no secret. */
const ACCOUNT = 'S3RVER';
const QUEUE = queueOf('fabric', 'cluster.state_changed');
const DAY_MS = 86_400_000;
/** Sooner than anybody may configure it. */
const LOOKS_AFTER_SECONDS = 0.1;

@Controller()
class Clusters {
  @OnMessage('cluster.state_changed')
  async onChanged({ fabricId, sequence }: MessageData<'cluster.state_changed'>, { tx, headers }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (fabric_id, sequence, replay) VALUES ($1, $2, $3)', [fabricId, sequence, headers['heddle-replay'] ?? null]);
  }
}

let folder: string;
let s3: S3rver;
let endpoint: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'heddle-archive-'));
  s3 = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: path.join(folder, 's3'), configureBuckets: [{ name: BUCKET, configs: [] }] });
  const { port } = await s3.run();
  endpoint = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await s3?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['folder', 'S3'] as const)('the archive in %s', (kind) => {
  let database: TestDatabase;
  let vhost: TestVhost;
  let fabric: RunningService;
  let notification: RunningService;
  let bus: BusClient;
  let archive: Archive;
  let store: ArchiveStore;
  let startOn: (database: TestDatabase, vhost: TestVhost) => Promise<RunningService>;
  const place = () => path.join(folder, 'days');

  beforeAll(async () => {
    [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const config = readConfig({
      HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`,
      HEDDLE_LOG_LEVEL: 'silent', HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: 'true',
      ...(kind === 'folder' ? { HEDDLE_ARCHIVE: pathToFileURL(place()).href } : {
        HEDDLE_ARCHIVE: `s3://${BUCKET}/event-log`, HEDDLE_ARCHIVE_ENDPOINT: endpoint, HEDDLE_ARCHIVE_ACCESS_KEY_ID: ACCOUNT, HEDDLE_ARCHIVE_SECRET_ACCESS_KEY: ACCOUNT,
      }),
    });
    fabric = await runningTestService({ service: 'fabric', controllers: [Clusters], databaseUrl: database.url, amqpUrl: vhost.amqpUrl });
    await fabric.app.get(Database).query('CREATE TABLE effect (fabric_id uuid, sequence int, replay uuid)');
    startOn = (other, on) => {
      const its = { ...config, HEDDLE_DATABASE_URL: other.url, HEDDLE_AMQP_URL: on.amqpUrl };
      return runService({ service: 'notification', config: its, module: AppModule.forRoot({ ...its, HEDDLE_ARCHIVE_CHECK_SECONDS: LOOKS_AFTER_SECONDS }) });
    };
    notification = await startOn(database, vhost);
    bus = fabric.app.get(BusClient);
    archive = notification.app.get(Archive);
    store = archive.store!;
  });
  afterAll(async () => {
    for (const service of [notification, fabric]) await service?.stop();
    await vhost?.delete();
    await database?.drop();
  });

  const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
  const dayOf = async (ago: number) => (await bus.ask(archiveDayList, { limit: 500 })).items.find((one) => one.day === day(ago) && one.state !== 'waiting');
  const inLog = async (ago: number) => (await notification.app.get(Database).query<{ n: number }>(`SELECT count(*)::int AS n FROM event WHERE logged_on = $1 AND event_type = 'cluster.state_changed'`, [day(ago)]))[0]!.n;
  const untilArchived = (ago: number) => eventually(async () => {
    const found = await dayOf(ago);
    return found?.state === 'archived' && found.log === 'dropped' ? found : false;
  }, { timeout: 20_000 });

  /** Logs events as if so many days ago, in transactions of a hundred. */
  async function logDay(ago: number, events: number): Promise<string> {
    const clock = notification.app.get(Clock);
    const real = clock.now.bind(clock);
    const fabricId = randomUUID();
    const connection = { state: 'connected', reason: 'Connected', message: '', since: new Date().toISOString(), breaker: { state: 'closed', nextTryAt: null, lastError: null } };
    const envelopes = Array.from({ length: events }, (_, index): Envelope => ({
      event_id: randomUUID(), event_type: 'cluster.state_changed', event_version: 1, timestamp: new Date(real().getTime() - ago * DAY_MS).toISOString(), source: 'k8s-sync',
      data: { fabricId, server: 'https://k', connection, sequence: index + 1 }, metadata: { correlation_id: `day-${ago}`, fabric_id: fabricId },
    }));
    clock.now = () => new Date(real().getTime() - ago * DAY_MS);
    try {
      for (let from = 0; from < events; from += 100) await notification.app.get(Database).transaction((tx) => notification.app.get(EventLogService).append(tx, envelopes.slice(from, from + 100)));
    } finally {
      clock.now = real;
    }
    return fabricId;
  }

  /** Waits for what happens when three more days have gone by. */
  async function inThreeDays(happened: () => Promise<unknown>): Promise<void> {
    const clock = notification.app.get(Clock);
    const real = clock.now.bind(clock);
    clock.now = () => new Date(real().getTime() + 3 * DAY_MS);
    await eventually(happened, { timeout: 20_000 }).finally(() => { clock.now = real; });
  }

  async function task(type: ArchiveTask['type'], ago: number): Promise<ArchiveTask> {
    const { id } = await bus.ask(archiveTaskCreate, { type, firstDay: day(ago), reason: 'an audit asks' });
    return eventually(async () => {
      const view = await bus.ask(archiveTaskGet, { taskId: id });
      return view.state === 'completed' || view.state === 'failed' ? view : false;
    }, { timeout: 20_000 });
  }

  it('has an old day before the log drops it, readable without Heddle', async () => {
    const fabricId = await logDay(40, 1_234);
    const { manifest } = await untilArchived(40);
    expect(await inLog(40)).toBe(0);
    expect(manifest).toMatchObject({ day: day(40), events: 1_234, format: 1 });
    const parts: Buffer[] = [];
    for await (const part of store.read(manifest!.object)) parts.push(part);
    const lines = gunzipSync(Buffer.concat(parts)).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { event: Envelope<{ sequence: number }> });
    expect(lines.map(({ event }) => event.data.sequence)).toEqual(Array.from({ length: 1_234 }, (_, index) => index + 1));
    expect(lines[0]!.event.metadata.fabric_id).toBe(fabricId);
    expect(await task('verify', 40)).toMatchObject({ state: 'completed', findings: [] });
    // A complete day that is not old is in both.
    await logDay(3, 10);
    await eventually(async () => (await dayOf(3))?.state === 'archived', { timeout: 20_000 });
    expect(await inLog(3)).toBe(10);
  });

  it('brings a day back to be searched, compares it, and lets it go again', async () => {
    const fabricId = await logDay(41, 700);
    await untilArchived(41);
    expect((await bus.ask(eventSearch, { fabricId })).items).toEqual([]);
    expect(await task('restore', 41)).toMatchObject({ state: 'completed', findings: [] });
    const page = await bus.ask(eventSearch, { fabricId, from: `${day(41)}T00:00:00Z`, until: `${day(40)}T00:00:00Z`, order: 'oldest', limit: 500 });
    const rest = await bus.ask(eventSearch, { fabricId, order: 'oldest', limit: 500, cursor: page.next! });
    expect([...page.items, ...rest.items].map(({ event }) => (event['data'] as { sequence: number }).sequence)).toEqual(Array.from({ length: 700 }, (_, index) => index + 1));
    expect((await dayOf(41))!.log).toBe('restored');
    await notification.app.get(Database).query(`UPDATE restored_day SET expires_at = now() WHERE day = $1`, [day(41)]);
    await eventually(async () => (await bus.ask(eventSearch, { fabricId })).items.length === 0 && (await dayOf(41))!.log === 'dropped');
  });

  it('is replayed from, by filter and at an instant within a day', async () => {
    const [mine, other] = [await logDay(42, 60), await logDay(42, 5)];
    await untilArchived(42);
    const { id } = await bus.ask(replayCreate, { target: { type: 'queue', queue: QUEUE }, from: `${day(42)}T00:00:00Z`, filter: { fabricId: mine }, eventsPerSecond: 2_000, reason: 'the state was lost' });
    const view = await eventually(async () => {
      const found = await bus.ask(replayGet, { replayId: id });
      return found.state === 'completed' ? found : false;
    }, { timeout: 20_000 });
    expect(view).toMatchObject({ progress: { sent: 60 } });
    expect(view.archivedDays).toBeGreaterThanOrEqual(1);
    const effects = (fabricId: string) => fabric.app.get(Database).query<{ sequence: number }>(`SELECT sequence FROM effect WHERE fabric_id = $1 AND replay = $2`, [fabricId, id]);
    await eventually(async () => (await effects(mine)).length === 60);
    expect(await effects(other)).toEqual([]);
    const none = await bus.ask(replayCreate, { target: { type: 'queue', queue: QUEUE }, from: `${day(42)}T00:00:00Z`, until: new Date(Date.now() - 42 * DAY_MS - 3_600_000 > Date.parse(`${day(42)}T00:00:00Z`) ? Date.now() - 42 * DAY_MS - 3_600_000 : Date.parse(`${day(42)}T00:00:01Z`)).toISOString(), filter: { fabricId: mine }, reason: 'before they were logged' });
    await eventually(async () => (await bus.ask(replayGet, { replayId: none.id })).state === 'completed', { timeout: 20_000 });
    expect((await bus.ask(replayGet, { replayId: none.id })).progress.sent).toBe(0);
  });

  it('is found again when the database is lost, and compared before it is used', async () => {
    const fabricId = await logDay(47, 30);
    const { manifest } = await untilArchived(47);
    const broken = `${day(48)}/1.manifest.json`;
    await store.write(broken, once(JSON.stringify({ ...manifest, day: day(48) })));
    const [empty, otherVhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const looks = vi.spyOn(Archive.prototype, 'objects').mockImplementation(() => { throw new Error('the archive can not be listed'); });
    const again = await startOn(empty, otherVhost);
    try {
      await eventually(async () => await failedDays(again) === 1);
      looks.mockRestore();
      const service = again.app.get(ArchiveService);
      const found = async () => (await service.list({ limit: 500 })).items.find((one) => one.day === day(47));
      await eventually(async () => await found() !== undefined && await failedDays(again) === 0);
      expect(await found()).toEqual({ day: day(47), state: 'archived', log: 'dropped', manifest, error: null, restoredUntil: null });
      expect((await service.list({ limit: 500 })).items.map((one) => one.day)).not.toContain(day(48));
      const spoiled = { ...manifest!, contentSha256: '0'.repeat(64) };
      const restored = async () => {
        const { id } = await service.create({ type: 'restore', firstDay: day(47), reason: 'the database was lost' });
        return eventually(async () => { const view = await service.task(id); return view.finishedAt === null ? false : view; }, { timeout: 20_000 });
      };
      await again.app.get(Database).query(`UPDATE event_day SET manifest = $2 WHERE day = $1`, [day(47), JSON.stringify(spoiled)]);
      expect(await restored()).toMatchObject({ state: 'failed', findings: [{ day: day(47), message: expect.stringContaining('BUS-073') }] });
      await again.app.get(Database).query(`UPDATE event_day SET manifest = $2 WHERE day = $1`, [day(47), JSON.stringify(manifest)]);
      expect(await restored()).toMatchObject({ state: 'completed', findings: [] });
      const { items } = await again.app.get(EventLogService).search({ fabricId, order: 'oldest', limit: 500 });
      expect(items.map(({ event }) => (event['data'] as { sequence: number }).sequence)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      // What is logged from now on comes after what was archived.
      const [next] = await again.app.get(Database).query<{ position: string }>(`SELECT nextval('event_position')::text AS position`);
      expect(Number(next!.position)).toBeGreaterThan(Number(manifest!.lastPosition));
    } finally {
      looks.mockRestore();
      await again.stop();
      await Promise.all([otherVhost.delete(), empty.drop()]);
    }
  });

  it.each([
    ['an upload that was cut off', 43, cut],
    ['a full disk', 44, full],
    ['a manifest whose data is missing', 45, withoutData],
  ])('keeps a day in the log after %s, tells of it, and tries again', async (_name, ago, faulty) => {
    archive.store = faulty(store);
    try {
      await logDay(ago, 50);
      const failed = await eventually(async () => {
        const found = await dayOf(ago);
        return found?.state === 'failed' ? found : false;
      }, { timeout: 20_000 });
      expect(failed).toMatchObject({ log: 'kept', error: expect.stringMatching(/^(BUS-07|SYS-)/) });
      expect(await inLog(ago)).toBe(50);
      await eventually(async () => await failedDays(notification) >= 1);
      await eventually(async () => (await bus.ask(eventSearch, { types: ['archive.failed'] })).items.some(({ event }) => (event['data'] as { day: string }).day === day(ago)));
    } finally {
      archive.store = store;
    }
    await untilArchived(ago);
    // Told once, however often it was tried.
    const told = (await bus.ask(eventSearch, { types: ['archive.failed'], limit: 500 })).items.filter(({ event }) => (event['data'] as { day: string }).day === day(ago));
    expect(told).toHaveLength(1);
  });

  if (kind === 'folder') {
    it('neither restores nor replays what was changed behind its back', async () => {
      const fabricId = await logDay(46, 300);
      const { manifest } = await untilArchived(46);
      const file = path.join(place(), ...manifest!.object.split('/'));
      const whole = await readFile(file);
      const spoil = async (change: () => Promise<void>) => {
        await change();
        expect(await task('verify', 46)).toMatchObject({ state: 'completed', findings: [{ day: day(46) }] });
        expect(await task('restore', 46)).toMatchObject({ state: 'failed', findings: [{ day: day(46) }] });
        await writeFile(file, whole);
      };
      await spoil(() => truncate(file, whole.length - 9));
      await spoil(() => truncate(file, 0));
      await spoil(() => rm(file));
      await spoil(async () => {
        const changed = Buffer.from(whole);
        changed[changed.length >> 1]! ^= 1;
        await writeFile(file, changed);
        const { id } = await bus.ask(replayCreate, { target: { type: 'queue', queue: QUEUE }, from: `${day(46)}T00:00:00Z`, until: `${day(45)}T00:00:00Z`, reason: 'to see it refused' });
        const failed = await eventually(async () => {
          const found = await bus.ask(replayGet, { replayId: id });
          return found.state === 'failed' ? found : false;
        }, { timeout: 20_000 });
        expect(failed).toMatchObject({ progress: { sent: 0 }, message: expect.stringContaining(day(46)) });
      });
      expect((await bus.ask(eventSearch, { fabricId })).items).toEqual([]);
      expect(await notification.app.get(Database).query(`SELECT 1 FROM pg_class WHERE relname = $1`, [`restored_event_${day(46).replaceAll('-', '')}`])).toEqual([]);
      expect(await task('restore', 46)).toMatchObject({ state: 'completed' });
      expect((await readdir(path.dirname(file))).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
    });

    it('writes over no events that the log has lost', async () => {
      const log = notification.app.get(Database);
      await logDay(29, 30);
      const { object, firstPosition } = await eventually(async () => (await dayOf(29))?.manifest ?? false, { timeout: 20_000 });
      // As in a copy of the database that was made within the day, before it was archived.
      await log.transaction(async (tx) => {
        await tx.query(`DELETE FROM event_day WHERE day = $1`, [day(29)]);
        await tx.query(`WITH lost AS (DELETE FROM event WHERE logged_on = $1 AND position >= $2::bigint + 20 RETURNING event_id) DELETE FROM event_key USING lost WHERE event_key.event_id = lost.event_id`, [day(29), firstPosition]);
      });
      const archived = () => log.query(`SELECT manifest->>'object' AS object, (manifest->>'events')::int AS events FROM event_day WHERE day = $1 AND state = 'archived' ORDER BY first_position`, [day(29)]);
      await eventually(async () => { expect(await archived()).toEqual([{ object, events: 30 }]); }, { timeout: 20_000 });
      // Then the clock goes back into the day.
      await logDay(29, 5);
      await eventually(async () => { expect(await archived()).toMatchObject([{ object, events: 30 }, { events: 5 }]); }, { timeout: 20_000 });
      await logDay(29, 1);
      await eventually(async () => { expect(await archived()).toMatchObject([{ object, events: 30 }, { events: 6 }]); }, { timeout: 20_000 });
      await inThreeDays(async () => await inLog(29) === 0);
      expect(await task('restore', 29)).toMatchObject({ state: 'completed', findings: [] });
      expect(await log.query(`SELECT count(DISTINCT event_id)::int AS events FROM restored_event WHERE logged_on = $1`, [day(29)])).toEqual([{ events: 36 }]);
    });

    it('neither drops nor writes over what differs in log and archive', async () => {
      const log = notification.app.get(Database);
      await logDay(28, 10);
      const manifest = await eventually(async () => (await dayOf(28))?.manifest ?? false, { timeout: 20_000 });
      // As what was logged under positions that the archive has.
      const other = randomUUID();
      await log.query(`UPDATE event SET event_id = $2::uuid, body = jsonb_set(body, '{event_id}', to_jsonb($2::uuid::text)) WHERE logged_on = $1 AND position = $3`, [day(28), other, manifest.lastPosition]);
      const failed = async () => { const found = await dayOf(28); return found?.state === 'failed' ? found : false; };
      await inThreeDays(failed);
      await logDay(28, 1);
      expect(await eventually(failed, { timeout: 20_000 })).toMatchObject({ error: expect.stringContaining('BUS-077'), log: 'kept', manifest });
      expect(await inLog(28)).toBe(11);
      expect(await archive.manifest(manifest.object)).toEqual(manifest);
      // A person moves what stands in the way.
      for (const name of await readdir(path.join(place(), day(28)))) await rm(path.join(place(), day(28), name));
      await eventually(async () => (await dayOf(28))?.manifest?.events === 11, { timeout: 20_000 });
    });

    it('archives a day anew that grew when the clock went back', async () => {
      await logDay(4, 20);
      await eventually(async () => (await dayOf(4))?.manifest?.events === 20, { timeout: 20_000 });
      await logDay(4, 5);
      await eventually(async () => (await dayOf(4))?.manifest?.events === 25, { timeout: 20_000 });
    });
  } else {
    it('takes large objects in parts and gives them back by ranges', async () => {
      const guard = new OutboundGuard({ policy: addressPolicy('true'), allowHttp: true });
      const inParts = new S3Store(guard, { endpoint, region: 'us-east-1', bucket: BUCKET, prefix: '', accessKeyId: ACCOUNT, secretAccessKey: new Secret(ACCOUNT) }, 5 * 1024 * 1024);
      const content = randomBytes(11 * 1024 * 1024);
      await inParts.write('large/object', (async function* () { for (let from = 0; from < content.length; from += 1_000_000) yield content.subarray(from, from + 1_000_000); })());
      const parts: Buffer[] = [];
      for await (const part of inParts.read('large/object')) parts.push(part);
      expect(parts.length).toBe(3);
      expect(Buffer.concat(parts).equals(content)).toBe(true);
      // Broken off in the second part: nothing is there under the name.
      await expect(inParts.write('large/other', (async function* () { yield content; throw new Error('the source broke'); })())).rejects.toThrow('the source broke');
      await expect(async () => { for await (const _ of inParts.read('large/other')); }).rejects.toMatchObject({ kind: 'not_found' });
      await guard.close();
    });

    it('tells what is wrong with the account or the bucket', async () => {
      const guard = new OutboundGuard({ policy: addressPolicy('true'), allowHttp: true });
      const of = (bucket: string, secret: string) => new S3Store(guard, { endpoint, region: 'us-east-1', bucket, prefix: '', accessKeyId: ACCOUNT, secretAccessKey: new Secret(secret) });
      const content = async function* () { yield Buffer.from('x'); };
      await expect(of(BUCKET, 'another').write('a', content())).rejects.toMatchObject({ code: 'BUS-072', remedy: expect.stringContaining('HEDDLE_ARCHIVE_ACCESS_KEY_ID') });
      await expect(of('nowhere', ACCOUNT).write('a', content())).rejects.toMatchObject({ code: 'BUS-072', remedy: expect.stringContaining('bucket') });
      const closed = new OutboundGuard({ policy: addressPolicy('false'), allowHttp: true });
      await expect(new S3Store(closed, { endpoint, region: 'us-east-1', bucket: BUCKET, prefix: '', accessKeyId: ACCOUNT, secretAccessKey: new Secret(ACCOUNT) }).write('a', content())).rejects.toMatchObject({ code: 'NET-004' });
      await Promise.all([guard.close(), closed.close()]);
    });

    it('leaves its failed days to who holds it next', async () => {
      archive.store = full(store);
      await logDay(33, 5);
      await eventually(async () => await failedDays(notification) >= 1);
      await notification.stop();
      expect(await failedDays(notification)).toBe(0);
    });
  }
});

describe('without an archive', () => {
  it('a replay of a day that was dropped is refused with the oldest instant', async () => {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const config = readConfig({ HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: 'silent' });
    const notification = await runService({ service: 'notification', config, module: AppModule.forRoot(config) });
    const fabric = await runningTestService({ service: 'fabric', databaseUrl: database.url, amqpUrl: vhost.amqpUrl });
    try {
      const bus = fabric.app.get(BusClient);
      const clock = notification.app.get(Clock);
      const real = clock.now.bind(clock);
      const old = new Date(Date.now() - 50 * DAY_MS);
      clock.now = () => old;
      await notification.app.get(Database).transaction((tx) => notification.app.get(EventLogService).append(tx, [
        { event_id: randomUUID(), event_type: 'fabric.state_changed', event_version: 1, timestamp: old.toISOString(), source: 'fabric', data: {}, metadata: { correlation_id: 'c' } }]));
      clock.now = real;
      const { EventPartitions } = await import('../src/event-log/event-partitions.ts');
      await notification.app.get(EventPartitions).dropOlderThan(30);
      const oldest = new Date(Date.parse(old.toISOString().slice(0, 10)) + DAY_MS).toISOString();
      const replay = (from: string) => bus.ask(replayCreate, { target: { type: 'queue', queue: QUEUE }, from, reason: 'too late' });
      await expect(replay(new Date(old.getTime() - DAY_MS).toISOString())).rejects.toMatchObject({ kind: 'gone', details: { oldest }, message: expect.stringContaining(oldest) });
      expect((await replay(oldest)).state).toBe('pending');
      expect((await bus.ask(archiveDayList, { limit: 500 })).items.find((one) => one.day === old.toISOString().slice(0, 10))).toMatchObject({ state: 'dropped', log: 'dropped' });
      await expect(bus.ask(archiveTaskCreate, { type: 'restore', firstDay: old.toISOString().slice(0, 10), reason: 'too late' })).rejects.toMatchObject({ kind: 'unavailable' });
    } finally {
      await notification.stop();
      await fabric.stop();
      await vhost.delete();
      await database.drop();
    }
  });
});

async function failedDays(notification: RunningService): Promise<number> {
  return (await notification.app.get(Metrics).registry.getSingleMetric('heddle_archive_failed_days')!.get()).values[0]?.value ?? 0;
}

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

function readOf(store: ArchiveStore): Omit<ArchiveStore, 'write'> {
  return { name: store.name, read: (object) => store.read(object), list: () => store.list() };
}

/** Says that it stored what it stored half of. */
function cut(store: ArchiveStore): ArchiveStore {
  return {
    ...readOf(store),
    write: (object, content) => store.write(object, object.endsWith('.manifest.json') ? content : (async function* () { for await (const part of content) yield part.subarray(0, part.length >> 1); })()),
  };
}

function full(store: ArchiveStore): ArchiveStore {
  return { ...readOf(store), write: () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })) };
}

/** Stores manifests alone. */
function withoutData(store: ArchiveStore): ArchiveStore {
  return {
    ...readOf(store),
    write: async (object, content) => {
      if (object.endsWith('.manifest.json')) return store.write(object, content);
      for await (const _ of content);
      return undefined;
    },
  };
}
