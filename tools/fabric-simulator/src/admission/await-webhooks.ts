import { setTimeout as delay } from 'node:timers/promises';
import { collectionPath, type KubeClient } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import { kindNamed } from '../kube/kinds.ts';

const withinMs = 15_000;
const pollMs = 100;
const probeName = 'simulator-probe';
const probeLabel = 'fabric.githedgehog.com/probe';

/**
 * Waits until the API server calls both webhooks: it learns of configurations by a watch of its own, so that writes
 * right after the registration can slip through. Probes with dry runs, which leave nothing behind.
 */
export async function awaitWebhooks(client: KubeClient, namespace: string): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await mutates(client, namespace)) || !(await refuses(client, namespace))) {
    if (Date.now() > deadline) throw new Error(`the API server did not call the simulator's webhooks within ${withinMs / 1000} s; can it reach loopback ports of this machine?`);
    await delay(pollMs);
  }
}

async function mutates(client: KubeClient, namespace: string): Promise<boolean> {
  const probe = { apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'Server', metadata: { name: probeName, labels: { [probeLabel]: 'yes' } }, spec: {} };
  const answered = await client.create(`${collectionPath(kindNamed('Server'), namespace)}?dryRun=All`, probe);
  return answered.metadata.labels?.[probeLabel] === undefined;
}

async function refuses(client: KubeClient, namespace: string): Promise<boolean> {
  const probe = { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPCAttachment', metadata: { name: probeName }, spec: { subnet: 'none/none', connection: 'none' } };
  try {
    await client.create(`${collectionPath(kindNamed('VPCAttachment'), namespace)}?dryRun=All`, probe);
    return false;
  } catch (error) {
    if (isCode(error, 403)) return true;
    throw error;
  }
}
