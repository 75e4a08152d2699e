import { afterEach, describe, expect, it } from 'vitest';
import { exampleObjects } from '../src/example-objects.ts';
import { installCrds } from '../src/install-crds.ts';
import { KubeClient, collectionPath } from '../src/kube/kube-client.ts';
import { agentKind } from '../src/kube/kinds.ts';
import { LeverServer } from '../src/lever-server.ts';
import { startFabricSimulator, type FabricSimulator } from '../src/simulator.ts';
import { eventually, FabricOnTrial, startCluster } from './fabric-on-trial.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('the simulator', () => {
  it('refuses a cluster with foreign agents', async () => {
    const { access, close } = await startCluster();
    const client = new KubeClient(access);
    cleanups.push(close, () => client.close());
    await installCrds(client);
    await client.create(collectionPath(agentKind, 'default'), { apiVersion: 'agent.githedgehog.com/v1beta1', kind: 'Agent', metadata: { name: 'real-switch' }, spec: {} });
    await expect(startFabricSimulator(access)).rejects.toThrow(/did not make \(real-switch\)/);
    await expect(client.get('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/fabric-simulator')).rejects.toMatchObject({ code: 404 });
  });

  it('takes up its agents again after a restart', async () => {
    const trial = await FabricOnTrial.start();
    cleanups.push(() => trial.close());
    for (const object of exampleObjects('mesh')) await trial.apply(object);
    // converged alone also holds before the controller has seen the last object
    await eventually(async () => expect((await trial.agents()).filter((agent) => agent.spec?.vpcPeers?.['cameras--office'])).toHaveLength(3));
    const before = await trial.converged(3);
    await trial.simulator.close();
    const again: FabricSimulator = await startFabricSimulator({ ...trial.access, agentDelayMs: 10, applyDelayMs: 10, heartbeatMs: 50 });
    cleanups.push(() => again.close());
    await eventually(async () => {
      const after = await trial.converged(3);
      expect(after.every((agent, index) => agent.status?.runID !== before[index]?.status?.runID || agent.status?.lastHeartbeat > before[index]?.status?.lastHeartbeat)).toBe(true);
    });
    const after = await trial.converged(3);
    expect(after.map(({ metadata }) => metadata.generation)).toEqual(before.map(({ metadata }) => metadata.generation));
  });

  it('is moved by its HTTP lever', async () => {
    const pulled: unknown[] = [];
    const lever = await LeverServer.start({ setFault: (...call) => void pulled.push(call), setDelays: (delays) => void pulled.push(delays) });
    cleanups.push(() => lever.close());
    const put = async (path: string, body: unknown) => (await fetch(`${lever.url}${path}`, { method: 'PUT', body: JSON.stringify(body) })).status;
    expect(await put('/faults/leaf-a1', { fault: 'hang' })).toBe(200);
    expect(await put('/faults/leaf-a1', { fault: 'melt' })).toBe(400);
    expect(await put('/delays', { applyDelayMs: 5 })).toBe(200);
    expect(await put('/delays', { applyDelayMs: 'soon' })).toBe(400);
    expect(pulled).toEqual([['leaf-a1', 'hang'], { applyDelayMs: 5 }]);
  });
});
