import { startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { eventually, launchService, type LaunchedService } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { objectOf } from '../src/api/kube-answer.ts';
import { ServiceUnderTest } from './service-under-test.ts';
import { clientOf, credentialsOf, installWidgets, widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };
/** A lease is taken over 15 s after the last heartbeat, which came up to 5 s before the end. */
const TAKE_OVER_MS = 40_000;

describe('two replicas', () => {
  let sandbox: KubeSandbox;
  let client: ApiClient;
  let mesh: ServiceUnderTest;
  const processes: LaunchedService[] = [];

  const launch = async () => {
    const launched = await launchService('k8s-sync', mesh.env);
    processes.push(launched);
    return launched;
  };

  beforeAll(async () => {
    sandbox = await startKubeSandbox();
    client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
    mesh = await ServiceUnderTest.start({ HEDDLE_LOG_LEVEL: 'warn' }, { service: false });
  });
  afterAll(async () => {
    for (const launched of processes) {
      await launched.kill();
    }
    await mesh.stop();
    await client.close();
    await sandbox.close();
  });

  const creates = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => ({
    stepId: `${prefix}${index}`, action: 'create' as const, target: widget(`${prefix}${index}`), body: widgetBody(`${prefix}${index}`, { size: index }), dependsOn: index < 4 ? [] : [`${prefix}${index - 4}`],
  }));
  const writesOf = (prefix: string) => [...sandbox.requestCounts()].filter(([key]) => new RegExp(`/${prefix}\\d+$`).test(key));

  it('finishes what a killed one began, each object applied once', async () => {
    const first = await launch();
    const [killed, cancelled] = [await mesh.enter(sandbox), await mesh.enter(sandbox)];
    const versions = new Map<string, string>();
    // So many that some are still to come when the process is killed, however slow the machine is.
    for (let index = 0; index < 40; index += 1) {
      const live = objectOf(await client.apply(widget(`old${index}`), widgetBody(`old${index}`), WRITE))!;
      versions.set(`old${index}`, live.metadata.resourceVersion);
    }
    sandbox.setLatency(200);
    const operation = await mesh.apply({ fabricId: killed, steps: creates('k', 40), concurrency: 4, deadlineMs: 90_000 });
    const unwanted = await mesh.apply({
      fabricId: cancelled, concurrency: 2, deadlineMs: 90_000,
      steps: [...versions].map(([name, resourceVersion]) => ({ stepId: name, action: 'apply' as const, target: widget(name), body: widgetBody(name, { size: 50 }), preconditions: { resourceVersion } })),
    });
    await eventually(() => writesOf('k').length >= 8 && writesOf('old').some(([, count]) => count > 1));
    await first.kill();
    sandbox.setLatency(0);
    // Taken in before the heir begins: what a dead process held is free at once, and it would only send the steps again.
    await mesh.fabricDatabase.query(`INSERT INTO k8s_sync.cancellation (operation_id, fabric_id, reason) VALUES ($1, $2, 'superseded')`, [unwanted, cancelled]);
    const second = await launch();

    const outcomes = await mesh.outcomes(operation, 40, TAKE_OVER_MS);
    expect(Object.values(outcomes).filter((outcome) => outcome.type !== 'done')).toEqual([]);
    expect(writesOf('k').filter(([, count]) => count !== 1)).toEqual([]);
    const settled = await mesh.outcomes(unwanted, 40, TAKE_OVER_MS);
    expect((await mesh.fabricDatabase.query(`SELECT 1 FROM k8s_sync.step WHERE state <> 'finished'`)).length).toBe(0);
    const fenced = Object.entries(settled).filter(([, outcome]) => outcome.type === 'not_started' && outcome.message.includes("can't take effect"));
    expect(fenced.length).toBeGreaterThan(0);
    for (const [name] of fenced) {
      const live = objectOf(await client.get(widget(name)))!;
      expect(live).toMatchObject({ spec: { size: 1 }, metadata: { annotations: { 'heddle/fence': `${unwanted}/${name}/1` } } });
      // What the former owner may still have under way names the version that the plan saw.
      expect((await client.apply(widget(name), widgetBody(name, { size: 50 }, { resourceVersion: versions.get(name) }), WRITE)).status).toBe(409);
    }
    expect(second.logLines().filter((line) => line['level'] === 'error')).toEqual([]);
  }, 120_000);
});
