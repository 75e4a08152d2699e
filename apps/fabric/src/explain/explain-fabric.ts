import type { Condition, ExplainedAgent, ExplainedLevel, Explanation, LevelExplanation } from '@heddle/contracts';
import { syncRetryOf } from '../fabrics/sync-retry.ts';
import type { FabricFacts } from './explain-facts.ts';
import { inGit } from './explain-source.ts';
import { blocked, inOrder, reached, type Said, said, unknown, waiting } from './level.ts';
import { unreachable } from './unreachable.ts';
import { withheldRemedy } from './withheld-remedy.ts';

/** What is known of the fabric's objects together. */
export interface FabricWideFacts extends FabricFacts {
  conditions: Condition[];
  agents: ExplainedAgent[];
  /** The first that are not there yet. */
  objects: Explanation['objects'];
  /** What the last plan of this desired state kept back, by reason. */
  withheld: { reason: string; message: string; count: number }[];
  /** The first finding of severity error. */
  error: { message: string; remedy: string; rule: string; where: string } | null;
}

const NOT_YET: Readonly<Record<ExplainedLevel, string>> = { git: 'can\'t be compared with Git', valid: 'has findings', planned: 'is not planned whole', applied: 'is not applied', switches: 'is not on all its switches' };

/** Why a fabric is not on its switches as Git has it, or that it is. Pure. */
export function explainFabric(facts: FabricWideFacts): Explanation {
  const { fabric, now, operations } = facts;
  const { levels, blocker } = inOrder([said('git', inGit(facts)), said('valid', validLevel(facts)), said('planned', plannedLevel(facts)), said('applied', appliedLevel(facts)), said('switches', switchesLevel(facts))]);
  const [operation] = operations;
  return {
    fabricId: fabric.id, fabric: fabric.name, kind: null, name: null, at: now.toISOString(), levels, blocker, converged: blocker === null,
    summary: blocker ? `The fabric ${fabric.name} ${NOT_YET[blocker.level]}: ${blocker.message}` : `The fabric ${fabric.name} is on its switches as Git has it.`,
    agents: facts.agents, notes: notesOf(facts, blocker), objects: facts.objects,
    operation: operation ? { id: operation.id, number: operation.number, state: operation.state, deadline: operation.deadline } : null,
  };
}

function conditionOf({ conditions }: FabricWideFacts, type: string): Condition {
  return conditions.find((condition) => condition.type === type) as Condition;
}

function validLevel(facts: FabricWideFacts): Said {
  const { status, reason, message, since } = conditionOf(facts, 'Valid');
  if (status === 'True') return reached(reason, message, since);
  const { error } = facts;
  return blocked(reason, error ? `${message} The first: ${error.where}: ${error.message} [${error.rule}]` : message, error?.remedy ?? 'See the findings of the fabric.', since);
}

function plannedLevel({ fabric, withheld, operations, unseenKinds }: FabricWideFacts): Said {
  if (fabric.state === 'maintenance') return blocked('Maintenance', 'it is in maintenance: nothing is sent to it', 'End the maintenance.');
  if (fabric.state === 'decommissioned') return blocked('Decommissioned', 'it is decommissioned: Heddle touches nothing in it', 'Nothing can be done: decommissioning is final.');
  if (fabric.state === 'planned') return blocked('NotActive', `it becomes active once its cluster answers and its source was read; cluster: ${fabric.connection.message}; source: ${fabric.source.message}`, 'Enter and test the connection: heddle fabric test');
  if (operations.length > 0) return reached('InOperation', `operation ${operations[0]!.number} is ${operations[0]!.state}`);
  if (fabric.connection.state === 'failed') return reached('NothingDue', 'nothing can be planned before the cluster answers');
  if (unseenKinds.length > 0) return { state: 'waiting', reason: 'ClusterNotReadYet', message: `waits for the first whole list of ${unseenKinds.join(', ')} from the cluster`, since: fabric.connection.since, remedy: 'See the condition WatchesLive.' };
  const [first] = withheld;
  if (first) return blocked(first.reason, `${withheld.reduce((sum, { count }) => sum + count, 0)} object(s) are kept back: ${withheld.map(({ reason, count }) => `${count} ${reason}`).join(', ')}. ${first.message}`, withheldRemedy(first.reason));
  if (fabric.planDueAt && fabric.syncState !== 'error') return { state: 'waiting', reason: 'PlanDue', message: `a plan is due at ${fabric.planDueAt.toISOString()}` };
  if (fabric.syncState === 'out_of_sync' && !fabric.automaticSync) return blocked('AutomaticSyncOff', `${fabric.syncMessage} Automatic sync is off`, `Look at the plan (heddle plan ${fabric.name}), then start a sync: heddle fabric sync ${fabric.name}`, fabric.syncSince);
  return reached('NothingDue', 'nothing is left to plan');
}

function appliedLevel(facts: FabricWideFacts): Said {
  const { fabric, operations, trust } = facts;
  const { connection } = fabric;
  const [running] = operations;
  if (running?.wait) return waiting(running.wait);
  if (connection.state !== 'connected') return unreachable(facts);
  if (running) return { state: 'waiting', reason: 'OperationInProgress', message: `operation ${running.number} is ${running.state}` };
  const retry = syncRetryOf(fabric);
  if (retry?.nextTryAt) return waiting({ reason: fabric.syncReason, for: `the next try; the last one failed: ${fabric.syncMessage}`, since: fabric.syncSince.toISOString(), until: retry.nextTryAt, try: retry.try, owner: 'fabric', remedy: retry.remedy });
  const { status, reason, message, since, remedy } = conditionOf(facts, 'Synced');
  if (!trust.stored) return unknown(trust.reason, trust.message, 'See the condition WatchesLive of the fabric.', trust.since);
  if (status === 'True') return reached(reason, message, since);
  return status === 'Unknown' ? unknown(reason, message, remedy ?? null, since) : blocked(reason, message, remedy ?? `See the last operation: heddle operation list ${fabric.name}`, since);
}

function switchesLevel(facts: FabricWideFacts): Said {
  const { agents } = facts;
  const { status, reason, message, since } = conditionOf(facts, 'Converged');
  if (status === 'True') return reached(reason, message, since);
  const each = agents.length > 0 ? ` ${agents.slice(0, 5).map((agent) => agent.message).join('; ')}${agents.length > 5 ? `; and ${agents.length - 5} more` : ''}` : '';
  const remedy = agents.length > 0 ? 'See the switches that are named: are they up, and what does their agent log?' : 'See the objects that are listed.';
  if (reason === 'SwitchFailed') return blocked(reason, `${message}${each}`, remedy, since);
  return status === 'Unknown' ? unknown(reason, `${message}${each}`, remedy, since) : { state: 'waiting', reason, message: `${message}${each}`, since, remedy };
}

function notesOf({ unreadable, operations, fabric, agents, conditions }: FabricWideFacts, blocker: LevelExplanation | null): string[] {
  return [
    ...(unreadable > 0 ? [`${unreadable} document(s) of the directory can't be read: nothing is deleted until they can.`] : []),
    ...(operations.length > 1 ? [`${operations.length - 1} operation(s) wait for their turn.`] : []),
    ...conditions.filter(({ type, status }) => type === 'ReleaseAsSet' && status === 'False').map(({ message, remedy }) => `${message} ${remedy ?? ''}`.trim()),
    ...(fabric.pruneHeld ? ['The source was changed: what it does not have is deleted only after a sync with --prune.'] : []),
    ...(agents.length > 0 && blocker?.level !== 'switches' ? agents.slice(0, 5).map(({ message }) => `Switch ${message}`) : []),
  ];
}
