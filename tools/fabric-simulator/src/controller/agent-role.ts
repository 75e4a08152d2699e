import { agentKind, gatewayAgentKind, type Kind } from '../kube/kinds.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';
import { attemptStatus, heartbeatStatus, type AgentRun } from './agent-status.ts';
import type { Fault } from './fault.ts';
import { gatewayAttemptStatus, gatewayHeartbeatStatus } from './gateway-agent-status.ts';

/** What differs between the agent of a switch and that of a gateway. */
export interface AgentRole {
  kind: Kind;
  /** The status has lastAttemptGen; without it a refusal looks like a hang. */
  reportsAttempts: boolean;
  attempt(agent: KubeObject, run: AgentRun, now: number, fault: Fault | undefined): Body;
  heartbeat(agent: KubeObject, run: AgentRun, now: number, fault: Fault | undefined): Body;
}

export const switchRole: AgentRole = { kind: agentKind, reportsAttempts: true, attempt: attemptStatus, heartbeat: heartbeatStatus };
export const gatewayRole: AgentRole = { kind: gatewayAgentKind, reportsAttempts: false, attempt: gatewayAttemptStatus, heartbeat: gatewayHeartbeatStatus };
