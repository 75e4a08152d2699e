import { apiVersionOf, agentKind } from '../kube/kinds.ts';
import type { KubeClient, ObjectList } from '../kube/kube-client.ts';
import { isCode } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-object.ts';

/** The label by which the simulator, and tests that write Hedgehog kinds, know agents of its making. */
export const madeByLabel = 'simulator.heddle.dev/made-by';
export const madeBy = 'fabric-simulator';

export const isOurs = (agent: KubeObject): boolean => agent.metadata.labels?.[madeByLabel] === madeBy;

/** Throws when the cluster has agents that the simulator did not make: there are real switches behind it. */
export async function refuseForeignAgents(client: KubeClient): Promise<void> {
  const foreign = (await allAgents(client)).filter((agent) => !isOurs(agent)).map((agent) => agent.metadata.name);
  if (foreign.length === 0) return;
  throw new Error(`this cluster has agents that the simulator did not make (${foreign.slice(0, 5).join(', ')}): it seems to run a real fabric, nothing was touched`);
}

async function allAgents(client: KubeClient): Promise<KubeObject[]> {
  try {
    return ((await client.get(`/apis/${apiVersionOf(agentKind)}/${agentKind.plural}`)) as unknown as ObjectList).items;
  } catch (error) {
    if (isCode(error, 404)) return [];
    throw error;
  }
}
