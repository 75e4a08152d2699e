import { randomUUID } from 'node:crypto';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchDeadlyService, type ServiceProcess } from './launch-service.ts';
import { Ledger } from './ledger.ts';
import { Mesh, wanted } from './mesh.ts';

/** At its first delivery, when it comes again for the first time, and once that is counted: it is allowed one retry. */
const ENDINGS = 3;

describe.each([['git-sync', 'revision.wanted'], ['k8s-sync', 'steps.cancel']] as const)('a message that ends the process of %s', (service, type) => {
  let mesh: Mesh;
  let ledger: Ledger;

  beforeAll(async () => {
    mesh = await Mesh.create();
    ledger = await Ledger.open(mesh.database.url);
  });
  afterAll(() => mesh.stop());

  it('is a dead letter after its attempts, and its neighbours are handled once', { timeout: 240_000 }, async () => {
    const fabric = await mesh.start('fabric');
    const reasons = ['before 1', 'before 2', 'deadly', 'after 1', 'after 2'];
    for (const reason of reasons) {
      if (type === 'revision.wanted') await fabric.publish(type, wanted(reason));
      else await fabric.publish(type, { fabricId: randomUUID(), operationId: randomUUID(), reason });
    }
    const schema = service.replace('-', '_');
    const given = async () => ledger.query<{ reason: string; attempts: number; text: string }>(`SELECT reason, attempts, convert_from(body, 'UTF8') AS text FROM ${schema}.dead_letter`);
    let endings = 0;
    let running: ServiceProcess;
    for (;;) {
      running = await launchDeadlyService(service, mesh.database.url, mesh.vhost.amqpUrl);
      // As a supervisor would, until the message is given up.
      const { exit } = running.process;
      await eventually(async () => exit() !== undefined || (await given()).length > 0, { timeout: 60_000 });
      if (exit() === undefined) break;
      endings += 1;
      expect(endings).toBeLessThanOrEqual(ENDINGS);
    }
    expect(endings).toBe(ENDINGS);
    expect(await given()).toEqual([{ reason: 'ended-process', attempts: 2, text: expect.stringContaining('deadly') as string }]);
    await eventually(async () => await ledger.effects() === reasons.length - 1, { timeout: 30_000 });
    const effects = await ledger.query<{ id: string }>('SELECT id FROM ledger.effect ORDER BY id');
    expect(effects.map(({ id }) => id)).toEqual(['after 1', 'after 2', 'before 1', 'before 2']);
    expect(await ledger.query(`SELECT 1 FROM ${schema}.begun_attempt`)).toEqual([]);
    await running.kill();
  });
});
