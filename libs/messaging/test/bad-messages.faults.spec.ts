import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeData, encodeEnvelope } from '../src/outbox/encode-message.ts';
import { Ledger } from './ledger.ts';
import { Mesh, type TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

const TYPES = { 'git-sync': 'revision.wanted', 'k8s-sync': 'steps.cancel' } as const;
const ROUNDS = 5;
/** Why a message is dead whose handler failed each time by an error that nobody foresaw. */
const POISONED = 'unexpected';

describe.each(['git-sync', 'k8s-sync'] as const)('whatever is wrong with messages to %s', (service) => {
  let mesh: Mesh;
  let ledger: Ledger;
  let fabric: TestService;
  let taker: TestService;
  let raw: amqp.ChannelModel;
  let channel: amqp.ConfirmChannel;

  beforeAll(async () => {
    mesh = await Mesh.create();
    ledger = await Ledger.open(mesh.database.url);
    fabric = await mesh.start('fabric');
    taker = await mesh.start(service satisfies ServiceName, [service === 'git-sync' ? TakesSingly : TakesBatches]);
    raw = await amqp.connect(mesh.vhost.amqpUrl);
    channel = await raw.createConfirmChannel();
  });
  afterAll(async () => {
    await raw.close();
    await mesh.stop();
  });

  const dataOf = (reason: string) => ({ fabricId: randomUUID(), ...(service === 'git-sync' ? { fromTree: null } : { operationId: randomUUID() }), reason });
  const bodyOf = (reason: string, eventId: string = randomUUID()) => encodeEnvelope(TYPES[service], encodeData(TYPES[service], dataOf(reason) as never), { eventId, timestamp: new Date(), source: 'fabric', metadata: { correlation_id: 'c' } });
  const inject = async (...bodies: Buffer[]) => {
    for (const body of bodies) channel.sendToQueue(`${service}.${TYPES[service]}`, body, { persistent: true });
    await channel.waitForConfirms();
  };
  const deadLetters = async () => Object.fromEntries((await taker.database.query<{ reason: string; count: string }>('SELECT reason, count(*) FROM dead_letter GROUP BY reason')).map(({ reason, count }) => [reason, Number(count)]));

  /** A message that leaves as those of the load do, in a transaction that stays open while others commit with higher ids. */
  const late = async (reason: string) => {
    await fabric.database.transaction(async (tx) => {
      await fabric.outbox.add(tx, TYPES[service], dataOf(reason) as never);
      const before = ledger.size;
      await eventually(() => ledger.size > before + 20);
    });
    ledger.committed({ id: reason, consumer: service });
  };

  /** Bytes that nobody may take: broken, of no known version, of another schema, with a key twice. */
  const unreadable = () => [
    bodyOf('x').subarray(0, 60),
    ...[['"event_version":1', '"event_version":77'], [/"reason":"[^"]*"/, '"reason":7'], ['"reason":', '"reason":"twice","reason":']].map(([from, to]) => Buffer.from(bodyOf(randomUUID()).toString('utf8').replace(from!, to as string))),
  ];

  it('costs no other message its one effect', { timeout: 120_000 }, async () => {
    const load = new RecordedLoad(fabric, ledger, { consumers: [service] });
    for (let round = 0; round < ROUNDS; round++) {
      const [id, reason] = [randomUUID(), randomUUID()];
      const original = bodyOf(reason, id);
      ledger.committed({ id: reason, consumer: service });
      // The first of an id is handled before the other body comes; the same bytes may come as often as they like.
      await inject(original, original);
      await eventually(async () => (await ledger.query('SELECT 1 FROM ledger.effect WHERE id = $1', [reason])).length > 0, { timeout: 20_000 });
      await Promise.all([
        late(randomUUID()),
        inject(...unreadable(), bodyOf('impostor', id), original),
        // PostgreSQL takes no NUL in text: its handler fails each time.
        fabric.publish(TYPES[service], dataOf(`poison ${round}\0`) as never),
        // Nobody is bound to it: it is held, and sent when the queue is there again.
        mesh.deleteQueue('git-sync.source.release').then(() => fabric.publish('source.release', { fabricId: randomUUID(), generation: 1 })),
      ]);
    }
    await load.stop();
    await ledger.untilEffected();
    await eventually(async () => expect(await deadLetters()).toEqual({ schema: ROUNDS * 4, 'id-conflict': ROUNDS, [POISONED]: ROUNDS }), { timeout: 60_000 });
    await eventually(async () => await fabric.count('outbox') === 0, { timeout: 90_000, interval: 500 });
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
    expect(ledger.size).toBeGreaterThan(100);
  });
});
