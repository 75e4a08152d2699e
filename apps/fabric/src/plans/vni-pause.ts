import type { PlanGate } from '@heddle/contracts';
import { listed } from '@heddle/hedgehog';
import { withDependants } from './with-dependants.ts';

/** A VPC that is gone from the API server or about to go, and the Agents that have to drop it. */
export interface FadingVpc { name: string; agents: readonly string[] }

interface PausedStep { stepId: string; action: string; kind: string; dependsOn: readonly string[] }

/**
 * A VPC that is made right after another was deleted may be given its VNI, which wedges Agents that still carry the
 * old one. So what makes a VPC, and all that depends on it, waits until the Agents have dropped those that go.
 */
export function vniPause(steps: readonly PausedStep[], fading: readonly FadingVpc[]): PlanGate[] {
  if (fading.length === 0) return [];
  const makers = steps.filter(({ kind, action }) => kind === 'VPC' && action === 'create').map(({ stepId }) => stepId);
  if (makers.length === 0) return [];
  return [{ gate: 'vni_pause', message: `waits for ${whatFades(fading)}`, steps: [...withDependants(steps, new Set(makers))] }];
}

/** `Agents leaf-1, leaf-2 to drop VPC x` */
export function whatFades(fading: readonly FadingVpc[]): string {
  const agents = [...new Set(fading.flatMap((vpc) => vpc.agents))].toSorted();
  const vpcs = fading.map(({ name }) => name).toSorted();
  const shown = agents.length === 0 ? 'the Agents' : `${agents.length === 1 ? 'Agent' : 'Agents'} ${listed(agents)}`;
  return `${shown} to drop ${vpcs.length === 1 ? 'VPC' : 'VPCs'} ${listed(vpcs)}`;
}
