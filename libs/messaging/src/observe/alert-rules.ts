import type { PlatformConfig } from '@heddle/platform';
import type { AlertRule } from './alert-rule.ts';
import { LONG_QUESTIONS, LONG_ROUTES } from './long-answers.ts';

/** What an operator may want otherwise. */
export interface AlertThresholds {
  /** Age of the oldest waiting message of a queue, seconds. */
  lagSeconds: number;
  /** Messages that wait in a queue. */
  queueDepth: number;
  /** Age of the oldest message in the outbox, seconds. */
  outboxSeconds: number;
  /** Time within which 95 of 100 questions and HTTP requests are answered, seconds. */
  answerSeconds: number;
  /** Share of the memory that the process may have, 0 to 1. */
  memoryShare: number;
  /** Share of the operations that failed within an hour, 0 to 1. */
  syncFailureShare: number;
}

export const DEFAULT_ALERT_THRESHOLDS: AlertThresholds = { lagSeconds: 60, queueDepth: 100, outboxSeconds: 60, answerSeconds: 5, memoryShare: 0.8, syncFailureShare: 0.1 };

/** The thresholds that the environment names. */
export function alertThresholdsOf(config: Pick<PlatformConfig, 'HEDDLE_ALERT_LAG_SECONDS' | 'HEDDLE_ALERT_QUEUE_DEPTH' | 'HEDDLE_ALERT_OUTBOX_SECONDS'>): Partial<AlertThresholds> {
  const { HEDDLE_ALERT_LAG_SECONDS: lagSeconds, HEDDLE_ALERT_QUEUE_DEPTH: queueDepth, HEDDLE_ALERT_OUTBOX_SECONDS: outboxSeconds } = config;
  return { ...(lagSeconds !== undefined && { lagSeconds }), ...(queueDepth !== undefined && { queueDepth }), ...(outboxSeconds !== undefined && { outboxSeconds }) };
}

/** Its series come and go with the tasks. */
export const TASKS_GIVEN_UP = 'HeddleTasksGivenUp';

const MINUTES = 60;

/** Every alert of a service. A rule whose metric a service does not have says nothing there. */
export function alertRules(thresholds: AlertThresholds = DEFAULT_ALERT_THRESHOLDS): AlertRule[] {
  return [...queueRules(thresholds), ...publishingRules(thresholds), ...failureRules(thresholds), ...processRules(thresholds)];
}

function queueRules({ lagSeconds, queueDepth }: AlertThresholds): AlertRule[] {
  return [
    {
      id: 'HeddleQueueLag', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_lag_seconds', combine: 'min' }, by: ['queue'], comparison: '>', threshold: lagSeconds,
      forSeconds: 30, keepSeconds: 60, severity: 'warning', runbook: 'queue-lag',
      summary: 'The oldest message in {queue} waits for up to {value} s', remedy: 'Look at the load and the log of its consumer; add replicas of the service.',
    },
    {
      id: 'HeddleQueueDepth', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_queue_messages' }, by: ['queue'], comparison: '>', threshold: queueDepth,
      forSeconds: 60, keepSeconds: 60, severity: 'warning', runbook: 'queue-depth',
      summary: '{value} messages wait in {queue}', remedy: 'Look whether it shrinks; if not, at the log of its consumer; add replicas of the service.',
    },
    {
      id: 'HeddleQueueStandstill', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_standstill_seconds', combine: 'min' }, by: ['queue'], comparison: '>', threshold: 5 * MINUTES,
      forSeconds: 30, keepSeconds: 15, severity: 'critical', runbook: 'standstill',
      summary: 'Messages wait in {queue}, and none was taken for {value} s', remedy: 'Look at the log of its consumer: handlers that never end, a consumer that the broker forgot, PostgreSQL away. Restart the service where nothing shows.',
    },
    {
      id: 'HeddleQueueWithoutConsumers', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_seen_consumers' }, by: ['queue'], comparison: '<', threshold: 1,
      forSeconds: 60, keepSeconds: 15, severity: 'critical', runbook: 'no-consumers',
      summary: 'Nobody consumes {queue}', remedy: 'Start the service that owns the queue (its name begins with it), or look why it has paused: PostgreSQL may be away.',
    },
    {
      id: 'HeddleBusUnobserved', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_observed' }, by: ['source'], comparison: '<', threshold: 1,
      forSeconds: 30, keepSeconds: 15, severity: 'critical', runbook: 'unobserved',
      summary: 'The {source} can not be measured: what its metrics would say is unknown', remedy: 'Look at the broker (queues) or PostgreSQL (tables); the log of the service names the cause.',
    },
    {
      id: 'HeddleBrokerApart', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_nodes_apart' }, by: [], comparison: '>', threshold: 0,
      forSeconds: 60, keepSeconds: 0, severity: 'critical', runbook: 'broker-apart',
      summary: 'Nodes of the broker keep apart: one does not know what is declared at another', remedy: '`rabbitmqctl cluster_status` at each names the partitions; start the node anew that the others miss, alone.',
    },
    {
      id: 'HeddleTopologyDiffers', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_topology_differences' }, by: [], comparison: '>', threshold: 0,
      forSeconds: 0, keepSeconds: 15, severity: 'warning', runbook: 'topology-differs',
      summary: '{value} queues or exchanges of the broker have other settings than the contracts say', remedy: '`heddle bus` names them, each with its remedy.',
    },
  ];
}

function publishingRules({ outboxSeconds }: AlertThresholds): AlertRule[] {
  return [
    {
      id: 'HeddleOutboxAge', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_outbox_oldest_seconds', combine: 'min' }, by: [], comparison: '>', threshold: outboxSeconds,
      forSeconds: 15, keepSeconds: 30, severity: 'critical', runbook: 'outbox-age',
      summary: 'The oldest message in the outbox waits for {value} s', remedy: 'Look at the broker: what is committed leaves by itself once it confirms again.',
    },
    {
      id: 'HeddleOutboxHeld', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_outbox_held' }, by: [], comparison: '>', threshold: 0,
      forSeconds: 30, keepSeconds: 30, severity: 'critical', runbook: 'unroutable',
      summary: '{value} messages are held back because no queue takes them', remedy: '`heddle bus` names them, each with its key, which waits with it. What was deleted is declared again by itself; where it stays away, look at what the broker refuses.',
    },
    {
      id: 'HeddleBrokerBreakerOpen', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_bus_breaker' }, by: [], comparison: '>', threshold: 0,
      forSeconds: 15, keepSeconds: 30, severity: 'critical', runbook: 'breaker-open',
      summary: 'The broker confirms nothing: publishing pauses', remedy: 'Look at the alarms (memory, disk) and the nodes of the broker; writes go on and wait in the outbox.',
    },
    {
      id: 'HeddleSlowConfirms', scope: 'replica', signal: { kind: 'quantile', metric: 'heddle_bus_confirm_seconds', quantile: 0.95, overSeconds: 5 * MINUTES }, by: [], comparison: '>', threshold: 1,
      forSeconds: 60, keepSeconds: 2 * MINUTES, severity: 'warning', runbook: 'slow-confirms',
      summary: 'One in twenty messages waits over {value} s for the confirm of the broker', remedy: 'Look at the disks and the load of the nodes of the broker, and at the network between them.',
    },
    {
      id: 'HeddleBrokerUnreachable', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_bus_connected' }, by: ['connection'], comparison: '<', threshold: 1,
      forSeconds: 15, keepSeconds: 15, severity: 'critical', runbook: 'broker-unreachable',
      summary: 'The connection to {connection} with the broker is down', remedy: 'Look at the broker and the network; the connection comes back by itself.',
    },
    {
      id: 'HeddleBrokerBlocked', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_bus_blocked' }, by: ['connection'], comparison: '>', threshold: 0,
      forSeconds: 15, keepSeconds: 15, severity: 'critical', runbook: 'broker-blocked',
      summary: 'The broker takes no messages: it is short of memory or disk', remedy: 'Give the broker memory or disk, or let its queues run empty; nothing is lost meanwhile.',
    },
  ];
}

function failureRules({ syncFailureShare }: AlertThresholds): AlertRule[] {
  return [
    {
      id: 'HeddleDeadLetters', scope: 'service', signal: { kind: 'gauge', metric: 'heddle_bus_parked', labels: { state: 'dead' } }, by: [], comparison: '>', threshold: 0,
      forSeconds: 0, keepSeconds: 0, severity: 'warning', runbook: 'dead-letters',
      summary: '{value} messages were given up', remedy: '`heddle dlq` lists and groups them by cause; replay them after the cause is gone, or discard them with a reason.',
    },
    {
      id: 'HeddleDeadLettersGrowing', scope: 'replica', signal: { kind: 'increase', metric: 'heddle_bus_handled_total', labels: { outcome: 'dead' }, overSeconds: 10 * MINUTES }, by: ['queue'], comparison: '>', threshold: 10,
      forSeconds: 0, keepSeconds: 5 * MINUTES, severity: 'critical', runbook: 'dead-letters',
      summary: '{value} messages of {queue} were given up within 10 minutes', remedy: 'Look at their common cause with `heddle dlq`; a release that can not take what another sends shows as `schema`.',
    },
    {
      id: 'HeddleParkedGrowing', scope: 'replica', signal: { kind: 'increase', metric: 'heddle_bus_handled_total', labels: { outcome: 'parked' }, overSeconds: 10 * MINUTES }, by: ['queue'], comparison: '>', threshold: 100,
      forSeconds: 0, keepSeconds: 5 * MINUTES, severity: 'warning', runbook: 'parked',
      summary: '{value} attempts at messages of {queue} failed within 10 minutes', remedy: 'Look at the log of the consumer; what is parked is tried again by itself.',
    },
    {
      id: 'HeddleExpired', scope: 'replica', signal: { kind: 'increase', metric: 'heddle_bus_expired_total', overSeconds: 10 * MINUTES }, by: ['queue'], comparison: '>', threshold: 0,
      forSeconds: 0, keepSeconds: 5 * MINUTES, severity: 'warning', runbook: 'expired',
      summary: '{value} messages of {queue} came after their time to live', remedy: 'Look at the lag of the queue; what is still of use can be replayed with `heddle dlq`.',
    },
    {
      id: TASKS_GIVEN_UP, scope: 'service', signal: { kind: 'gauge', metric: 'heddle_work_given_up' }, by: ['queue', 'type'], comparison: '>', threshold: 0,
      forSeconds: 0, keepSeconds: 0, severity: 'warning', runbook: 'tasks-given-up',
      summary: '{value} tasks {type} of the queue {queue} were given up', remedy: '`heddle tasks list --state failed` shows them, `heddle tasks get` the cause of each try; try them again after the cause is gone, or discard them with a reason.',
    },
    {
      id: 'HeddleArchiveFailed', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_archive_failed_days' }, by: [], comparison: '>', threshold: 0,
      forSeconds: 10 * MINUTES, keepSeconds: 0, severity: 'warning', runbook: 'archive',
      summary: '{value} days of the event log could not be archived', remedy: '`heddle archive list` names the cause; the days stay in PostgreSQL, which grows, until they are archived.',
    },
    {
      id: 'HeddleSyncFailures', scope: 'replica', signal: { kind: 'share', metric: 'heddle_operations_total', labels: { state: 'failed' }, overSeconds: 60 * MINUTES, least: 5 }, by: [], comparison: '>', threshold: syncFailureShare,
      forSeconds: 0, keepSeconds: 10 * MINUTES, severity: 'warning', runbook: 'sync-failures',
      summary: '{value} of the operations of the last hour failed', remedy: '`heddle operation list` shows them; each names the step that blocks it.',
    },
  ];
}

function processRules({ answerSeconds, memoryShare }: AlertThresholds): AlertRule[] {
  return [
    {
      id: 'HeddleHeartbeatLost', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_heartbeat_confirmed' }, by: [], comparison: '<', threshold: 1,
      forSeconds: 10, keepSeconds: 15, severity: 'critical', runbook: 'heartbeat-lost',
      summary: 'The process can not confirm its heartbeat: others take over what it owned', remedy: 'Look at PostgreSQL and at the load of the machine; the process takes part again by itself.',
    },
    {
      id: 'HeddleSlowAnswers', scope: 'replica', signal: { kind: 'quantile', metric: 'heddle_bus_ask_seconds', without: { method: LONG_QUESTIONS }, quantile: 0.95, overSeconds: 5 * MINUTES }, by: ['asked'], comparison: '>', threshold: answerSeconds,
      forSeconds: 60, keepSeconds: 2 * MINUTES, severity: 'warning', runbook: 'slow-answers',
      summary: 'One in twenty questions to {asked} takes over {value} s', remedy: 'Look at the load of the service that is asked and of PostgreSQL.',
    },
    {
      id: 'HeddleSlowRequests', scope: 'replica', signal: { kind: 'quantile', metric: 'heddle_http_request_seconds', without: { route: LONG_ROUTES }, quantile: 0.95, overSeconds: 5 * MINUTES }, by: ['route'], comparison: '>', threshold: answerSeconds,
      forSeconds: 60, keepSeconds: 2 * MINUTES, severity: 'warning', runbook: 'slow-answers',
      summary: 'One in twenty requests of {route} takes over {value} s', remedy: 'Look at the load of the services and of PostgreSQL.',
    },
    {
      id: 'HeddleMemory', scope: 'replica', signal: { kind: 'gauge', metric: 'heddle_memory_share' }, by: [], comparison: '>', threshold: memoryShare,
      forSeconds: 2 * MINUTES, keepSeconds: 2 * MINUTES, severity: 'warning', runbook: 'memory',
      summary: 'The process has {value} of the memory that it may have', remedy: 'Raise its limit, or spread the load over more replicas.',
    },
  ];
}
