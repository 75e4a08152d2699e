import { eventually, TcpProxy } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchEffectService } from './launch-service.ts';
import { Ledger } from './ledger.ts';
import { Mesh } from './mesh.ts';
import { RecordedLoad } from './recorded-load.ts';

describe.each(['git-sync', 'k8s-sync'] as const)('a process of %s that is killed', (service) => {
  let mesh: Mesh;

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterAll(() => mesh.stop());

  it('between effect and acknowledgement doubles nothing', { timeout: 240_000 }, async () => {
    const broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    const ledger = await Ledger.open(mesh.database.url);
    const fabric = await mesh.start('fabric');
    const victim = await launchEffectService(service, mesh.database.url, broker.url);
    // It is delivered to, but nothing that it says arrives.
    broker.hold('requests');
    const load = new RecordedLoad(fabric, ledger, { consumers: [service] });
    await eventually(async () => await ledger.effects() >= 10, { timeout: 60_000 });
    await victim.kill();
    broker.cut();
    const effected = await ledger.effects();
    const next = await launchEffectService(service, mesh.database.url, mesh.vhost.amqpUrl);
    await eventually(async () => await ledger.effects() > effected + 20, { timeout: 60_000 });
    // And at any other point of its work.
    await next.kill();
    const last = await launchEffectService(service, mesh.database.url, mesh.vhost.amqpUrl);
    await load.stop();
    await ledger.untilEffected();
    await last.kill();
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
    await broker.close();
  });
});
