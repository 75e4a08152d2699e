import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creates, Replicas, TAKE_OVER_MS } from './replicas.ts';

describe('two replicas', () => {
  let replicas: Replicas;

  beforeAll(async () => { replicas = await Replicas.start(); });
  afterAll(async () => { await replicas.close(); });

  const ownerOf = async (fabricId: string) => {
    const [row] = await replicas.mesh.fabricDatabase.query<{ pid: number; epoch: string }>(`SELECT p.pid, l.epoch FROM k8s_sync.lease l JOIN k8s_sync.process p ON p.id = l.owner WHERE l.key = $1`, [`job:${fabricId}`]);
    return row ?? null;
  };

  it('leaves no trace of a paused one that wakes up late', async () => {
    const { mesh, sandbox } = replicas;
    const [paused, other] = [await replicas.launch(), await replicas.launch()];
    const fabricId = await mesh.enter(sandbox);
    sandbox.setLatency(200);
    const operation = await mesh.apply({ fabricId, steps: creates('p', 40), concurrency: 4, deadlineMs: 90_000 });
    await eventually(() => replicas.writesOf('p').length >= 8);
    const before = await ownerOf(fabricId);
    const [sleeper, heir] = before!.pid === paused.pid ? [paused, other] : [other, paused];
    sleeper.process.signal('SIGSTOP');
    await eventually(async () => (await ownerOf(fabricId))?.pid === heir.pid, { timeout: TAKE_OVER_MS });
    sleeper.process.signal('SIGCONT');
    sandbox.setLatency(20);
    const outcomes = await mesh.outcomes(operation, 40, TAKE_OVER_MS);
    expect(Object.values(outcomes).filter((outcome) => outcome.type !== 'done')).toEqual([]);
    expect(replicas.writesOf('p').filter(([, count]) => count !== 1)).toEqual([]);
    const epochs = new Set(mesh.heard['steps.finished'].filter((message) => message.operationId === operation).map((message) => message.epoch));
    expect(Math.max(...epochs)).toBeGreaterThan(Number(before!.epoch));
  }, 120_000);
});
