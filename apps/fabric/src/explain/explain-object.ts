import type { ExplainedLevel, Explanation, Finding } from '@heddle/contracts';
import { syncRetryOf } from '../fabrics/sync-retry.ts';
import { causeOf } from '../operations/causes.ts';
import { SWITCH_REMEDY } from '../operations/step-wait.ts';
import type { ObjectFacts } from './explain-facts.ts';
import { inGit } from './explain-source.ts';
import { blocked, inOrder, notApplicable, reached, type Said, said, sentence, unknown, waiting } from './level.ts';
import { unreachable } from './unreachable.ts';
import { withheldRemedy } from './withheld-remedy.ts';

/** What an object is not yet, by the first level that it has not reached. */
const NOT_YET: Readonly<Record<ExplainedLevel, string>> = { git: 'can\'t be compared with Git', valid: 'is kept back by a finding', planned: 'is in no plan', applied: 'is not in the API server as Git has it', switches: 'is not on its switches' };
const NOT_GONE: Readonly<Record<ExplainedLevel, string>> = { ...NOT_YET, planned: 'is not deleted', applied: 'is not deleted yet', switches: 'is still on switches' };

/** Why an object is not on its switches as Git has it, level by level, or that it is. Pure. */
export function explainObject(facts: ObjectFacts): Explanation {
  const { object, fabric, now, agents, step, operations } = facts;
  const wanted = object.desiredHash !== null;
  const { levels, blocker } = inOrder([
    said('git', gitLevel(facts)), said('valid', validLevel(facts)), said('planned', isDone(facts) ? plannedBefore(facts) : plannedLevel(facts)),
    said('applied', appliedLevel(facts)), said('switches', switchesLevel(facts)),
  ]);
  const name = `${object.kind} ${object.name}`;
  return {
    fabricId: fabric.id, fabric: fabric.name, kind: object.kind, name: object.name, at: now.toISOString(), levels, blocker, converged: blocker === null,
    summary: blocker ? `${name} ${(wanted ? NOT_YET : NOT_GONE)[blocker.level]}: ${blocker.message}` : doneSummary(facts),
    agents: blocker?.level === 'switches' ? agents : [], notes: notesOf(facts), operation: operationOf(step, operations), objects: [],
  };
}

function doneSummary({ object }: ObjectFacts): string {
  const name = `${object.kind} ${object.name}`;
  if (object.desiredHash === null) return object.liveHash === null ? `${name} is in Git no more, and gone everywhere.` : `${name} lives in the cluster without Heddle, and is left alone.`;
  return object.switchesReason === 'NotCarriedByAgents' ? `${name} is in the API server as Git has it; no Agent carries a ${object.kind}, so the switches can't be asked.` : `${name} is on its switches as Git has it.`;
}

function operationOf(step: ObjectFacts['step'], operations: ObjectFacts['operations']): Explanation['operation'] {
  const shown = step?.operation ?? operations[0];
  return shown ? { id: shown.id, number: shown.number, state: shown.state, deadline: shown.deadline } : null;
}

/** Nothing is left to do with it in the API server, by what is known. */
function isDone({ object }: ObjectFacts): boolean {
  if (object.desiredHash === null) return object.liveHash === null || !object.managed || object.baseHash === null;
  return object.liveHash === object.desiredHash && object.baseHash === object.desiredHash && object.inFlight === null;
}

function gitLevel(facts: ObjectFacts): Said {
  const source = inGit(facts);
  if (source.state !== 'reached') return source;
  const { object, findings } = facts;
  if (object.held) {
    const finding = findings.find((one) => one.severity === 'error' && isOfGit(one));
    return blocked('Held', finding ? `its document ${whereOf(facts)} can't be used, and its last good version is kept: ${finding.message}` : `its document ${whereOf(facts)} can't be used; its last good version is kept`, finding?.remedy ?? 'Correct the document.', object.since);
  }
  if (object.desiredHash === null) return reached(object.baseHash === null ? 'NotInGit' : 'RemovedFromGit', 'Git does not ask for it.', object.since);
  return reached('InGit', `${whereOf(facts)} at ${facts.fabric.revision?.commit.slice(0, 12) ?? 'no revision'}`, object.committedAt);
}

function whereOf({ object: { path, line } }: ObjectFacts): string {
  return path === null ? 'an unknown file' : `${path}${line === null ? '' : `:${line}`}`;
}

function validLevel({ object, findings }: ObjectFacts): Said {
  if (object.desiredHash === null) return notApplicable('NotInGit', 'Git does not ask for it.');
  // What switches tell of and what lives otherwise keeps nothing from being applied.
  const ofGit = findings.filter(isOfGit);
  const errors = ofGit.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first || object.held) return reached(ofGit.length > 0 ? 'Warnings' : 'NoFindings', ofGit.length > 0 ? `${ofGit.length} warning(s)` : 'No findings.');
  return blocked('Invalid', `${first.field ? `${first.field}: ` : ''}${first.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''} [${first.rule}]`, first.remedy, object.since);
}

function isOfGit({ source }: Finding): boolean {
  return source !== 'agent' && source !== 'live';
}

function plannedBefore({ object, step }: ObjectFacts): Said {
  if (object.desiredHash === null) return notApplicable('NothingToDo', object.liveHash === null ? 'Nothing is left of it in the API server.' : 'Heddle did not apply it, and so never deletes it.');
  return reached('NothingToDo', step ? `operation ${step.operation.number} carried it` : 'nothing differs');
}

function plannedLevel(facts: ObjectFacts): Said {
  const { object, fabric, withheld, drift, operations, unseenKinds, step, now } = facts;
  if (object.inFlight) return reached('InOperation', `operation ${step?.operation.number ?? ''} carries it`, step?.at);
  if (object.desiredHash === null && object.deletingSince) return reached('Deleted', 'the API server was told to delete it', object.deletingSince);
  if (fabric.state !== 'active') return notActive(facts);
  if (withheld) return blocked(withheld.reason, withheld.message, withheldRemedy(withheld.reason), object.since);
  if (drift) {
    const by = drift.managers.length > 0 ? ` by ${drift.managers.join(', ')}` : '';
    const message = `somebody ${drift.type === 'deleted' ? 'deleted' : 'changed'} it in the cluster${by}`;
    if (drift.healAt) return { state: 'waiting', reason: 'Drifted', message: `${message}; it is put back at ${drift.healAt.toISOString()}`, since: drift.detectedAt };
    return blocked('Drifted', message, withheldRemedy('Drifted'), drift.detectedAt);
  }
  if (object.failure && object.failure.desiredHash === object.desiredHash) return reached('InOperation', `operation ${step?.operation.number ?? ''} tried it`, step?.at);
  const [ahead] = operations;
  if (ahead) return waiting({ reason: 'OperationBefore', for: `operation ${ahead.number}, which ${ahead.wait ? `waits for ${ahead.wait.for}` : `is ${ahead.state}`}`, since: object.since.toISOString(), until: ahead.deadline, try: 1, owner: `operation ${ahead.number}`, remedy: ahead.wait?.remedy ?? null });
  if (unseenKinds.length > 0) {
    return fabric.connection.state === 'failed' ? unreachable(facts)
      : waiting({ reason: 'ClusterNotReadYet', for: `the first whole list of ${unseenKinds.join(', ')} from the cluster`, since: fabric.connection.since, until: null, try: 1, owner: 'k8s-sync', remedy: 'See the condition WatchesLive of the fabric.' });
  }
  if (fabric.planDueAt) return waiting({ reason: 'PlanDue', for: 'the next plan', since: object.since.toISOString(), until: (fabric.planDueAt > now ? fabric.planDueAt : now).toISOString(), try: fabric.syncRetry?.try ?? 1, owner: 'fabric', remedy: null });
  if (object.desiredHash === null && !fabric.prune) return blocked('PruneOff', 'it is no longer in Git, and prune is off', withheldRemedy('PruneOff'), object.since);
  if (!fabric.automaticSync) return blocked('AutomaticSyncOff', 'automatic sync is off, and nobody has started a sync of it', `Look at the plan (heddle plan ${fabric.name}), then start one: heddle fabric sync ${fabric.name}`, object.since);
  return blocked(object.reason, object.message, `Start a sync: heddle fabric sync ${fabric.name}`, object.since);
}

function notActive({ fabric, object }: ObjectFacts): Said {
  if (fabric.state === 'maintenance') return blocked('Maintenance', `the fabric ${fabric.name} is in maintenance: nothing is sent to it`, 'End the maintenance.', object.since);
  if (fabric.state === 'decommissioned') return blocked('Decommissioned', `the fabric ${fabric.name} is decommissioned: Heddle touches nothing in it`, 'Nothing can be done: decommissioning is final.', object.since);
  if (fabric.connection.state !== 'connected') return { ...unknown('ClusterNotConnected', `the fabric is planned until its cluster answers once: ${fabric.connection.message}`, 'Enter and test the connection: heddle fabric test', fabric.connection.since), state: 'blocked' };
  return { state: 'waiting', reason: 'SourceNotRead', message: 'the fabric is planned until its source was read', since: fabric.source.since };
}

function appliedLevel(facts: ObjectFacts): Said {
  const { object, trust, fabric, step } = facts;
  if (object.inFlight) return step?.wait ? waiting(step.wait) : { state: 'waiting', reason: 'Applying', message: object.message, since: object.since };
  const failure = object.failure && object.failure.desiredHash === object.desiredHash && !isDone(facts) ? object.failure : null;
  if (failure) return failed(facts, failure);
  if (!trust.stored) return fabric.connection.state === 'failed' ? unreachable(facts) : unknown(trust.reason, trust.message, 'See the condition WatchesLive of the fabric.', trust.since);
  if (object.desiredHash === null) return undesiredInCluster(facts);
  if (object.liveHash === object.desiredHash && object.baseHash === object.desiredHash) return reached('Applied', 'the API server has it as Git does', object.appliedAt);
  return { state: 'waiting', reason: object.reason, message: object.message, since: object.since };
}

function undesiredInCluster({ object }: ObjectFacts): Said {
  if (object.liveHash === null) return reached('Gone', 'the API server has it no more', object.since);
  if (object.baseHash === null || !object.managed) return notApplicable('NotInGit', 'It lives without Heddle; it is not touched.');
  if (object.deletingSince) {
    return waiting({ reason: 'Finalizers', for: object.finalizers.join(', ') || 'its finalizers', since: object.deletingSince.toISOString(), until: null, try: 1, owner: object.finalizers.join(', ') || null, remedy: causeOf('FinalizersRemain')!.remedy });
  }
  return { state: 'waiting', reason: object.reason, message: object.message, since: object.since };
}

/** The last operation could not write or delete it; the next one may. */
function failed(facts: ObjectFacts, failure: NonNullable<ObjectFacts['object']['failure']>): Said {
  const { fabric, step } = facts;
  const before = step?.failedBefore;
  const cause = before ? `step ${before.action} ${before.kind} ${before.name} before it failed: ${before.message}` : failure.message;
  const reason = before?.reason ?? failure.reason;
  const own = before ? before.remedy : step?.remedy ?? null;
  const remedy = own ?? causeOf(reason)?.remedy ?? 'Sync again when the cause is gone.';
  const retry = syncRetryOf(fabric);
  if (!retry?.nextTryAt) return blocked(reason, `${cause} (not tried again by itself)`, remedy, step?.at);
  return { ...waiting({ reason, for: 'the next try', since: (step?.at ?? fabric.syncSince).toISOString(), until: retry.nextTryAt, try: retry.try, owner: 'fabric', remedy }), message: `${sentence(cause)} Try ${retry.try} at ${retry.nextTryAt}` };
}

function switchesLevel(facts: ObjectFacts): Said {
  const { object, trust, fabric, agents } = facts;
  const { switches, switchesReason: reason, switchesMessage: message } = object;
  if (object.desiredHash === null && object.goneHash === null) return notApplicable('NotInGit', 'No switch has to carry it.');
  if (reason === 'NotCarriedByAgents') return notApplicable(reason, message);
  if (!trust.told) return fabric.connection.state === 'failed' ? unreachable(facts) : unknown(trust.reason, trust.message, 'See the condition WatchesLive of the fabric.', trust.since);
  if (switches === 'converged') return reached(reason, message, object.convergedAt);
  const each = agents.length > 0 ? agents.map((agent) => agent.message).join('; ') : message;
  const remedy = SWITCH_REMEDY[reason] ?? null;
  if (switches === 'failed') return blocked(reason, each, remedy ?? 'Look at the switch.', object.appliedAt);
  if (switches === 'unknown') return unknown(reason, each, remedy, object.appliedAt);
  return waiting({ reason, for: each, since: (object.appliedAt ?? object.since).toISOString(), until: null, try: 1, owner: agents.map(({ name }) => name).join(', ') || 'its switches', remedy });
}

function notesOf({ findings, drift, unreadable, object, operations }: ObjectFacts): string[] {
  return [
    ...findings.filter((one) => one.severity === 'warning' || !isOfGit(one)).map(({ message, rule, severity }) => `${severity === 'error' ? 'Error' : 'Warning'}: ${message} [${rule}]`),
    ...(drift && object.inFlight ? ['It was changed in the cluster as well; the operation puts it back.'] : []),
    ...(unreadable > 0 ? [`${unreadable} document(s) of the directory can't be read: nothing is deleted until they can.`] : []),
    ...(operations.length > 1 ? [`${operations.length - 1} operation(s) wait for their turn.`] : []),
  ];
}
