import type { Body, KubeObject } from '../kube/kube-object.ts';
import { isoTime, type AgentRun } from './agent-status.ts';

/** A merge patch for the status of a gateway's agent that has applied its generation. */
export function gatewayAttemptStatus(agent: KubeObject, run: AgentRun, now: number): Body {
  return {
    ...gatewayHeartbeatStatus(agent, run, now),
    agentVersion: 'v0.0.0-simulated',
    lastAppliedGen: agent.metadata.generation,
    lastAppliedTime: isoTime(now),
  };
}

/** A merge patch for a sign of life, with traffic that grows. */
export function gatewayHeartbeatStatus(agent: KubeObject, run: AgentRun, now: number): Body {
  const seconds = Math.floor((now - run.startedAt) / 1000);
  const pairs = Object.values((agent.spec?.peerings ?? {}) as Record<string, Body>).map((peering) => Object.keys(peering.peering ?? {}).join('->'));
  return {
    lastHeartbeat: isoTime(now),
    state: {
      lastCollectedTime: isoTime(now),
      dataplane: { version: 'simulated' },
      frr: { lastAppliedGen: agent.metadata.generation },
      peerings: Object.fromEntries(pairs.map((pair) => [pair, { p: seconds * 10, b: seconds * 9_000, d: 0, pps: 10, bps: 72_000 }])),
    },
  };
}
