import { refusalOf } from '../convergence/agent-view.ts';
import { ATTEMPT_LIMIT_MS, isFresh } from '../convergence/convergence-of.ts';
import { listAt, textAt } from '../spec-reader.ts';
import type { AgentFacts } from './agent-facts.ts';
import type { HealthHit, HealthRule } from './health-rule.ts';

/** A heartbeat counts as lost after a minute already: that is hold enough. */
const AT_ONCE = 0;
const ATTEMPT_HOLD_MS = 15_000;

/** A device that was just made known has a minute to give its first sign of life. */
const FIRST_HEARTBEAT_MS = 60_000;

const deviceOf = ({ kind, name }: AgentFacts): string => `${kind === 'Agent' ? 'switch' : 'gateway'} ${name}`;

const unheard = (facts: AgentFacts): HealthHit[] =>
  facts.lastHeartbeat ? [] : [{ field: 'status.lastHeartbeat', message: `The agent of ${deviceOf(facts)} has given no sign of life yet` }];

const silent = (facts: AgentFacts, now: Date): HealthHit[] => {
  const { lastHeartbeat } = facts;
  if (!lastHeartbeat || isFresh(lastHeartbeat, now)) return [];
  const ahead = lastHeartbeat > now;
  return [{ field: 'status.lastHeartbeat', message: ahead ? `The clock of ${deviceOf(facts)} runs ahead: its last heartbeat is of ${lastHeartbeat.toISOString()}` : `No heartbeat of ${deviceOf(facts)} since ${lastHeartbeat.toISOString()}` }];
};

const NEVER = { status: { lastHeartbeat: '' } };
const LOST = { status: { lastHeartbeat: '2026-01-01T11:58:00Z' } };

/** What an Agent says of itself as a whole. */
export const AGENT_RULES: readonly HealthRule[] = [
  {
    id: 'agent-heartbeat-lost', agentKind: 'Agent', severity: 'error', raiseAfterMs: AT_ONCE,
    text: 'The agent of a switch gives a sign of life at least every minute',
    remedy: 'See whether the switch is up and reaches the control node; on the switch: `systemctl status hedgehog-agent`',
    check: silent, good: [{}], bad: [LOST, { status: { lastHeartbeat: '2026-01-01T13:00:00Z' } }],
  },
  {
    id: 'gateway-heartbeat-lost', agentKind: 'GatewayAgent', severity: 'error', raiseAfterMs: AT_ONCE,
    text: 'The agent of a gateway gives a sign of life at least every minute',
    remedy: 'See whether the gateway node is up and its pods run',
    check: silent, good: [{}], bad: [LOST],
  },
  {
    id: 'agent-never-heard', agentKind: 'Agent', severity: 'error', raiseAfterMs: FIRST_HEARTBEAT_MS,
    text: 'The agent of a new switch gives its first sign of life within a minute',
    remedy: 'See whether the switch has been installed and reaches the control node; on the switch: `systemctl status hedgehog-agent`',
    check: unheard, good: [{}], bad: [NEVER],
  },
  {
    id: 'gateway-never-heard', agentKind: 'GatewayAgent', severity: 'error', raiseAfterMs: FIRST_HEARTBEAT_MS,
    text: 'The agent of a new gateway gives its first sign of life within a minute',
    remedy: 'See whether the gateway node is up and its pods run',
    check: unheard, good: [{}], bad: [NEVER],
  },
  {
    id: 'agent-apply-failed', agentKind: 'Agent', severity: 'error', raiseAfterMs: ATTEMPT_HOLD_MS,
    text: 'A switch applies what it is told, within 5 minutes',
    remedy: 'Look at the log of the agent on the switch, mend what it names, or take the change back in Git',
    check: applyFailed,
    good: [{}, { generation: 6, status: { lastAttemptGen: 6, lastAttemptTime: '2026-01-01T11:59:00Z' } }],
    bad: [
      { generation: 6, status: { lastAttemptGen: 6, conditions: [{ type: 'Applied', status: 'False', reason: 'ApplyFailed', message: 'the port has no such speed' }] } },
      { generation: 6, status: { lastAttemptGen: 6, lastAttemptTime: '2026-01-01T11:50:00Z' } },
    ],
  },
  {
    id: 'agent-not-ready', agentKind: 'Agent', severity: 'warning', raiseAfterMs: ATTEMPT_HOLD_MS,
    text: 'A switch does not say of itself that it is not ready',
    remedy: 'Do what the message of the condition says; the log of the agent has more',
    check: ({ name, status }) => listAt(status, 'conditions').filter((condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'False')
      .map((condition) => ({ field: 'status.conditions[type=Ready]', message: `Switch ${name} is not ready: ${said(condition)}` })),
    good: [{}, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }],
    bad: [{ status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Booting', message: 'waits for the NOS' }] } }],
  },
  {
    id: 'agent-reboot-required', agentKind: 'Agent', severity: 'warning', raiseAfterMs: AT_ONCE,
    text: 'No switch waits for a reboot',
    remedy: 'Reboot the switch in a maintenance window: `kubectl fabric switch reboot`; until then part of its configuration is not in force',
    check: ({ name, status }) => (status['rebootRequired'] === true ? [{ field: 'status.rebootRequired', message: `Switch ${name} must be rebooted before all of its configuration is in force` }] : []),
    good: [{}, { status: { rebootRequired: false } }], bad: [{ status: { rebootRequired: true } }],
  },
];

function applyFailed(facts: AgentFacts, now: Date): HealthHit[] {
  const { name, generation, lastAppliedGen = 0, lastAttemptGen = 0, lastAttemptTime } = facts;
  const refusal = refusalOf(facts);
  if (refusal) return [{ field: 'status.conditions[type=Applied]', message: `Switch ${name} could not apply generation ${refusal.generation ?? generation}: ${refusal.message}` }];
  const overdue = lastAttemptGen > lastAppliedGen && lastAttemptTime !== undefined && now.getTime() - lastAttemptTime.getTime() > ATTEMPT_LIMIT_MS;
  return overdue ? [{ field: 'status.lastAttemptGen', message: `Switch ${name} tries generation ${lastAttemptGen} since ${lastAttemptTime.toISOString()} and still has ${lastAppliedGen || 'none'}` }] : [];
}

function said(condition: Parameters<typeof textAt>[0]): string {
  return textAt(condition, 'message') ?? textAt(condition, 'reason') ?? 'it gives no reason';
}
