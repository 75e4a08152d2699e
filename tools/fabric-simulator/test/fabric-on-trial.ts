import { setTimeout as delay } from 'node:timers/promises';
import { startKubeSandbox } from '@heddle/kube-sandbox';
import { startFabricSimulator, type FabricSimulator } from '../src/simulator.ts';
import { KubeClient, objectPath, type KubeAccess } from '../src/kube/kube-client.ts';
import { agentKind, kindNamed } from '../src/kube/kinds.ts';
import type { KubeObject } from '../src/kube/kube-object.ts';

/** A fresh API server of the stand-in with a quick simulator on it. */
export class FabricOnTrial {
  private constructor(
    readonly access: KubeAccess,
    readonly client: KubeClient,
    readonly simulator: FabricSimulator,
    readonly errors: unknown[],
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<FabricOnTrial> {
    const { access, close } = await startCluster();
    const errors: unknown[] = [];
    const simulator = await startFabricSimulator({ ...access, agentDelayMs: 20, applyDelayMs: 60, heartbeatMs: 100, onError: (error) => errors.push(error) });
    const client = new KubeClient(access);
    return new FabricOnTrial(access, client, simulator, errors, async () => {
      await simulator.close();
      await client.close();
      await close();
    });
  }

  close(): Promise<void> {
    return this.stop();
  }

  apply(object: KubeObject): Promise<KubeObject> {
    return this.client.apply(this.pathOf(object), object, 'trial');
  }

  pathOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
    return objectPath(kindNamed(kind), 'default', metadata.name);
  }

  delete(kind: string, name: string): Promise<unknown> {
    return this.client.delete(this.pathOf({ kind, metadata: { name } }));
  }

  async agents(): Promise<KubeObject[]> {
    return (await this.client.list(agentKind, 'default')).items;
  }

  agent(name: string): Promise<KubeObject> {
    return this.client.get(objectPath(agentKind, 'default', name));
  }

  async converged(count: number): Promise<KubeObject[]> {
    return eventually(async () => {
      const agents = await this.agents();
      const behind = agents.filter((agent) => agent.status?.lastAppliedGen !== agent.metadata.generation).map((agent) => agent.metadata.name);
      if (agents.length !== count || behind.length > 0) throw new Error(`${agents.length} agents, behind: ${behind.join(', ')}; errors: ${this.errors.map(String).join('; ')}`);
      return agents;
    });
  }
}

export async function startCluster(): Promise<{ access: KubeAccess; close: () => Promise<void> }> {
  const sandbox = await startKubeSandbox();
  return { access: { server: sandbox.url, caPem: sandbox.caPem, token: sandbox.adminToken }, close: () => sandbox.close() };
}

/** Tries until it no longer throws, for 10 s at most. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(25);
    }
  }
}
