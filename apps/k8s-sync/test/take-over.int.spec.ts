import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectOf } from '../src/api/kube-answer.ts';
import { creates, Replicas, TAKE_OVER_MS } from './replicas.ts';
import { widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };

describe('two replicas', () => {
  let replicas: Replicas;

  beforeAll(async () => { replicas = await Replicas.start(); });
  afterAll(async () => { await replicas.close(); });

  it('finishes what a killed one began, each object applied once', async () => {
    const { mesh, client, sandbox } = replicas;
    const first = await replicas.launch();
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
    await eventually(() => replicas.writesOf('k').length >= 8 && replicas.writesOf('old').some(([, count]) => count > 1));
    await first.kill();
    sandbox.setLatency(0);
    // Taken in before the heir begins: what a dead process held is free at once, and it would only send the steps again.
    await mesh.fabricDatabase.query(`INSERT INTO k8s_sync.cancellation (operation_id, fabric_id, reason) VALUES ($1, $2, 'superseded')`, [unwanted, cancelled]);
    const second = await replicas.launch();

    const outcomes = await mesh.outcomes(operation, 40, TAKE_OVER_MS);
    expect(Object.values(outcomes).filter((outcome) => outcome.type !== 'done')).toEqual([]);
    expect(replicas.writesOf('k').filter(([, count]) => count !== 1)).toEqual([]);
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
