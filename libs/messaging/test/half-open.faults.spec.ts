import { eventually, TcpProxy } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { Mesh, type TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

describe('a connection to the broker', () => {
  let mesh: Mesh;
  let broker: TcpProxy;
  let ledger: Ledger;
  let fabric: TestService;
  let load: RecordedLoad | undefined;

  beforeAll(async () => {
    mesh = await Mesh.create();
    broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    ledger = await Ledger.open(mesh.database.url);
    fabric = await mesh.start('fabric', [], { amqpUrl: broker.url });
    await mesh.start('git-sync', [TakesSingly], { amqpUrl: broker.url });
    await mesh.start('k8s-sync', [TakesBatches], { amqpUrl: broker.url });
  });
  afterAll(async () => {
    await load?.stop();
    await mesh.stop();
    await broker.close();
  });

  const flows = async (more = 30) => {
    const before = await ledger.effects();
    await eventually(async () => await ledger.effects() >= before + more, { timeout: 60_000 });
  };

  it('loses and doubles nothing when it is half-open', { timeout: 180_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    broker.strand();
    // Only the missing heartbeat tells; until then what is committed waits in the outbox.
    await eventually(async () => await fabric.count('outbox') > 50, { timeout: 60_000 });
    await flows();
    await load.stop();
    await ledger.untilEffected();
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
  });
});
