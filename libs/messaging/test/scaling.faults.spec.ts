import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { Mesh, type TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

describe('consumers under load', () => {
  let mesh: Mesh;
  let ledger: Ledger;
  let fabric: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    ledger = await Ledger.open(mesh.database.url);
    fabric = await mesh.start('fabric');
  });
  afterAll(() => mesh.stop());

  it.each([['git-sync', TakesSingly, 'revision.wanted'], ['k8s-sync', TakesBatches, 'steps.cancel']] as const)('of %s lose and double nothing from one to four and back', { timeout: 180_000 }, async (service, controller, type) => {
    const flows = async () => {
      const before = await ledger.effects();
      await eventually(async () => await ledger.effects() >= before + 30, { timeout: 60_000 });
    };
    const consumers = async (count: number) => eventually(async () => (await mesh.queue(`${service}.${type}`)).consumerCount === count, { timeout: 60_000 });
    const first = await mesh.start(service, [controller]);
    const load = new RecordedLoad(fabric, ledger, { consumers: [service], pauseMs: 2 });
    await flows();
    const others = [];
    for (let more = 0; more < 3; more++) others.push(await mesh.start(service, [controller]));
    await consumers(4);
    await flows();
    // The first one goes as well: who is left is not who began.
    await first.running.stop();
    for (const other of others.slice(1)) await other.running.stop();
    await consumers(1);
    await flows();
    await load.stop();
    await ledger.untilEffected();
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
  });
});
