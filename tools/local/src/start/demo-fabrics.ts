import { startFabricSimulator, type FabricSimulator } from '@heddle/fabric-simulator';
import { startKubernetes, type KubernetesApi } from '@heddle/kube-sandbox';
import { inState, writePrivate, type LocalState } from './local-state.ts';
import type { Progress } from './progress.ts';
import { freePort } from '../process/free-port.ts';

export const demoFabrics = ['spine-leaf', 'mesh'] as const;

export interface DemoFabric {
  name: string;
  api: KubernetesApi;
  simulator: FabricSimulator;
  /** For kubectl: the administrator of this API. */
  kubeconfig: string;
}

/** One Kubernetes API with a simulated Hedgehog fabric behind it; its objects outlive a restart. */
export async function startDemoFabric(name: string, state: LocalState, progress: Progress, onError: (error: unknown) => void): Promise<DemoFabric> {
  const dataDir = inState('kubernetes', name);
  const fabric = await progress.step(`Kubernetes API and simulated switches of ${name}`, async () => {
    const port = await freePort(state.ports[`kubernetes ${name}`]);
    const api = await startKubernetes({ dataDir, port, faults: false });
    try {
      const simulator = await startFabricSimulator({ server: api.url, caPem: api.caPem, token: api.adminToken, onError });
      return { name, api, simulator, kubeconfig: inState(`${name}.kubeconfig`) };
    } catch (error) {
      await api.close();
      throw error;
    }
  }, ({ api }) => `on ${api.url}`);
  state.ports[`kubernetes ${name}`] = Number(new URL(fabric.api.url).port);
  writePrivate(fabric.kubeconfig, fabric.api.kubeconfig());
  return fabric;
}

export async function stopDemoFabric({ api, simulator }: DemoFabric): Promise<void> {
  await simulator.close();
  await api.close();
}
