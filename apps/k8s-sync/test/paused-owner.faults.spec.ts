import { startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { eventually, launchService, type LaunchedService } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { ServiceUnderTest } from './service-under-test.ts';
import { clientOf, credentialsOf, installWidgets, widget, widgetBody } from './widgets.ts';

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
      launched.process.signal('SIGCONT');
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
  const ownerOf = async (fabricId: string) => {
    const [row] = await mesh.fabricDatabase.query<{ pid: number; epoch: string }>(`SELECT p.pid, l.epoch FROM k8s_sync.lease l JOIN k8s_sync.process p ON p.id = l.owner WHERE l.key = $1`, [`job:${fabricId}`]);
    return row ?? null;
  };

  it('leaves no trace of a paused one that wakes up late', async () => {
    const [paused, other] = [await launch(), await launch()];
    const fabricId = await mesh.enter(sandbox);
    sandbox.setLatency(200);
    const operation = await mesh.apply({ fabricId, steps: creates('p', 40), concurrency: 4, deadlineMs: 90_000 });
    await eventually(() => writesOf('p').length >= 8);
    const before = await ownerOf(fabricId);
    const [sleeper, heir] = before!.pid === paused.pid ? [paused, other] : [other, paused];
    sleeper.process.signal('SIGSTOP');
    await eventually(async () => (await ownerOf(fabricId))?.pid === heir.pid, { timeout: TAKE_OVER_MS });
    sleeper.process.signal('SIGCONT');
    sandbox.setLatency(20);
    const outcomes = await mesh.outcomes(operation, 40, TAKE_OVER_MS);
    expect(Object.values(outcomes).filter((outcome) => outcome.type !== 'done')).toEqual([]);
    expect(writesOf('p').filter(([, count]) => count !== 1)).toEqual([]);
    const epochs = new Set(mesh.heard['steps.finished'].filter((message) => message.operationId === operation).map((message) => message.epoch));
    expect(Math.max(...epochs)).toBeGreaterThan(Number(before!.epoch));
  }, 120_000);
});
