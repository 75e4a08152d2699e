import type { ResourceState } from '@heddle/contracts';
import type { ResourceFacts } from './resource-facts.ts';

export interface Judgement { state: ResourceState; reason: string; message: string }

/**
 * The state that the facts amount to. `synced` needs all of it: in Git, applied by Heddle, equal in the API server,
 * and said so by each switch that it concerns.
 */
export function judgeState(facts: ResourceFacts): Judgement {
  return facts.desiredHash === null ? judgeUndesired(facts) : judgeDesired(facts);
}

function judgeUndesired(facts: ResourceFacts): Judgement {
  const { kind, name, liveHash, baseHash, goneHash, managed, inFlight, deletingSince, finalizers, failure } = facts;
  if (liveHash === null && goneHash !== null) return { state: 'deleting', reason: facts.switchesReason, message: `Gone from the API server. ${facts.switchesMessage}` };
  if (liveHash === null) return { state: 'deleted', reason: 'Gone', message: `${kind} ${name} is neither in Git nor in the cluster.` };
  if (deletingSince) return { state: 'deleting', reason: 'Finalizers', message: `Deleted; waits for ${finalizers.join(', ') || 'its finalizers'}.` };
  if (inFlight) return { state: 'deleting', reason: 'Deleting', message: 'An operation deletes it.' };
  if (failure && failure.desiredHash === null) return { state: 'failed', reason: failure.reason, message: failure.message };
  if (baseHash !== null && managed) return { state: 'orphaned', reason: 'RemovedFromGit', message: 'No longer in Git, and not pruned.' };
  return { state: 'orphaned', reason: 'NotInGit', message: 'Lives in the cluster without Heddle; it is not touched.' };
}

function judgeDesired(facts: ResourceFacts): Judgement {
  const { desiredHash, liveHash, baseHash, inFlight, failure, drift, errors, held } = facts;
  if (inFlight) return { state: 'pending', reason: 'Applying', message: 'An operation carries it to the API server.' };
  if (liveHash === desiredHash && baseHash === desiredHash) return judgeApplied(facts);
  if (drift && baseHash === desiredHash) {
    return drift.type === 'deleted'
      ? { state: 'drifted', reason: 'DeletedInCluster', message: 'Somebody deleted it in the cluster.' }
      : { state: 'drifted', reason: 'ChangedInCluster', message: 'Somebody changed it in the cluster.' };
  }
  if (failure && failure.desiredHash === desiredHash) return { state: 'failed', reason: failure.reason, message: failure.message };
  if (held) return { state: 'committed', reason: 'Held', message: 'Its document can\'t be used; the last good version is kept.' };
  if (errors.length > 0) return { state: 'committed', reason: 'Invalid', message: `Findings keep it back: ${errors.join(', ')}.` };
  if (liveHash === null) return { state: 'committed', reason: 'NotApplied', message: 'In Git, not in the cluster.' };
  if (liveHash === desiredHash) return { state: 'committed', reason: 'NotManagedYet', message: 'The cluster has the same; Heddle has not taken it over yet.' };
  return { state: 'committed', reason: 'DiffersFromGit', message: 'Git has a version that the cluster doesn\'t have.' };
}

function judgeApplied({ switches, switchesReason, switchesMessage }: ResourceFacts): Judgement {
  return { state: switches === 'converged' ? 'synced' : 'applied', reason: switchesReason, message: switchesMessage };
}
