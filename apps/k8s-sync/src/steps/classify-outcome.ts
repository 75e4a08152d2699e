import type { Outcome, Step } from '@heddle/contracts';
import { CONNECTION_REMEDY, connectionReasonOf, isMalformedApply, isWebhookFailure } from '../api/connection-reason.ts';
import { messageOf, objectOf, statusOf, type KubeAnswer, type KubeStatus } from '../api/kube-answer.ts';
import { mayHaveLanded, type Unreachable } from '../api/unreachable.ts';

type Stalled = Extract<Outcome, { type: 'stalled' }>;

/** What one try of a step came to: an outcome, or the wish to try again. */
export type Verdict =
  | Extract<Outcome, { type: 'done' | 'waiting' | 'stalled' }>
  | {
      readonly type: 'again';
      readonly reason: string;
      readonly message: string;
      /** What the server asked for (Retry-After); null: back off. */
      readonly afterSeconds: number | null;
      /** The write may have taken effect: look at the object before it is sent again. */
      readonly uncertain: boolean;
      /** Retries give up after this many tries, not only at the deadline. */
      readonly maxTries?: number;
    };

/** A kind's path is missing for some seconds after its CRD was made, or after the server's start. */
const KIND_MISSING_TRIES = 4;

/** Judges the answer to a step's request. @param resourceVersionBefore as the plan saw the object; undefined when it was absent or not named. */
export function classifyAnswer(step: Pick<Step, 'action' | 'target'>, answer: KubeAnswer, resourceVersionBefore: string | undefined, now: Date): Verdict {
  if (answer.status < 300) return succeeded(step, answer, resourceVersionBefore, now);
  const refused = refusal(step, answer);
  if (refused) return refused;
  return temporary(answer);
}

/** Judges the lack of an answer. */
export function classifyUnreachable(error: Unreachable): Verdict {
  return { type: 'again', reason: error.reason, message: error.message, afterSeconds: null, uncertain: mayHaveLanded(error.reason) };
}

function succeeded(step: Pick<Step, 'action'>, answer: KubeAnswer, before: string | undefined, now: Date): Verdict {
  const live = objectOf(answer);
  if (step.action !== 'delete') {
    return { type: 'done', changed: answer.status === 201 || live?.metadata.resourceVersion !== before, live: live as Record<string, unknown> | null };
  }
  const finalizers = live?.metadata.finalizers ?? [];
  if (live === null || finalizers.length === 0) return { type: 'done', changed: true, live: null };
  return waitingOnFinalizers(finalizers, live.metadata.deletionTimestamp ?? now.toISOString());
}

export function waitingOnFinalizers(finalizers: readonly string[], since: string): Verdict {
  return { type: 'waiting', on: `finalizers ${finalizers.join(', ')}`, since: new Date(since).toISOString() };
}

function refusal(step: Pick<Step, 'action' | 'target'>, answer: KubeAnswer): Verdict | null {
  switch (answer.status) {
    case 404: return notFound(step, answer);
    case 409: return conflict(step, answer);
    case 403: return forbidden(step, answer);
    case 422: return invalid(step, answer);
    case 401: case 408: case 429: return null;
    default:
      if (isMalformedApply(answer)) return stalled(answer, 'Invalid', 'Correct the object: a field is unknown to the schema of the cluster or has the wrong type.');
      return answer.status < 500 ? refusedOrInvalid(answer) : null;
  }
}

function temporary(answer: KubeAnswer): Verdict {
  const reason = answer.status === 429 ? 'TooManyRequests' : isWebhookFailure(answer) ? 'WebhookUnavailable' : connectionReasonOf(answer);
  // A 401 or 429 is given before the request is looked at; a server error may come after the write.
  return { type: 'again', reason, message: messageOf(answer), afterSeconds: answer.retryAfterSeconds, uncertain: answer.status >= 500 };
}

function notFound(step: Pick<Step, 'action' | 'target'>, answer: KubeAnswer): Verdict {
  const status = statusOf(answer);
  if (status === null) {
    const { kind, group, version } = step.target;
    return { type: 'again', reason: 'KindMissing', message: `The cluster has no kind ${kind} in ${group}/${version}.`, afterSeconds: null, uncertain: false, maxTries: KIND_MISSING_TRIES };
  }
  if (status.details?.kind === 'namespaces') {
    return stalled(answer, 'NamespaceMissing', `Create the namespace ${step.target.namespace}, or correct the namespace of the fabric.`);
  }
  if (step.action === 'delete') return { type: 'done', changed: false, live: null };
  return stalled(answer, 'NotFound', 'Plan again: the object is not in the cluster any more.');
}

function conflict(step: Pick<Step, 'action' | 'target'>, answer: KubeAnswer): Verdict {
  const causes = statusOf(answer)?.details?.causes ?? [];
  if (causes.some((cause) => cause.reason === 'FieldManagerConflict')) {
    return stalled(answer, 'FieldConflict', 'Revert or adopt the named fields, or let their manager give them up.');
  }
  if (statusOf(answer)?.reason === 'AlreadyExists') return alreadyExists(step, answer);
  return stalled(answer, 'StaleResourceVersion', 'Plan again: the object changed after the plan was made.');
}

function alreadyExists(step: Pick<Step, 'target'>, answer: KubeAnswer): Stalled {
  return stalled(answer, 'AlreadyExists', `Plan again: ${step.target.kind} ${step.target.name} appeared after the plan was made.`);
}

const RBAC_REFUSAL = /User "([^"]*)" cannot (\w+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/;
const ADMISSION_REFUSAL = /^admission webhook "([^"]*)" denied the request/;

function forbidden(step: Pick<Step, 'target'>, answer: KubeAnswer): Stalled {
  const rbac = RBAC_REFUSAL.exec(messageOf(answer));
  if (!rbac) return refusedOrInvalid(answer);
  const [, user, verb, resource, group, namespace] = rbac;
  return stalled(answer, 'Forbidden', `Grant the verb ${verb} on ${resource} (API group "${group}") in namespace ${namespace ?? step.target.namespace} to ${user}.`);
}

function refusedOrInvalid(answer: KubeAnswer): Stalled {
  const hook = ADMISSION_REFUSAL.exec(messageOf(answer));
  if (hook) return stalled(answer, 'Refused', `Correct the object: the admission webhook ${hook[1]} does not accept it.`);
  if (answer.status === 403) return stalled(answer, 'Refused', 'Correct what the message names: admission control does not accept the write.');
  return stalled(answer, 'Invalid', 'Correct the object: the API server does not accept it.');
}

function invalid(step: Pick<Step, 'action' | 'target'>, answer: KubeAnswer): Stalled {
  const causes = statusOf(answer)?.details?.causes ?? [];
  if (ADMISSION_REFUSAL.test(messageOf(answer))) return refusedOrInvalid(answer);
  // Create-only apply on an object that exists, and another object under the same name, come as validation errors.
  if (step.action === 'create' && causes.some((cause) => cause.field === 'metadata.resourceVersion')) return alreadyExists(step, answer);
  if (causes.some((cause) => cause.field === 'metadata.uid')) return stalled(answer, 'StaleResourceVersion', 'Plan again: the object was deleted and made anew.');
  return stalled(answer, 'Invalid', 'Correct the named fields.');
}

function stalled(answer: KubeAnswer, reason: string, remedy: string): Stalled {
  return { type: 'stalled', reason, message: messageOf(answer), remedy, causes: causesOf(statusOf(answer)) };
}

const MANAGER = /conflict with "([^"]+)"/;

function causesOf(status: KubeStatus | null): Stalled['causes'] {
  return (status?.details?.causes ?? [])
    // With CEL rules in a schema most refusals carry a second cause that says nothing.
    .filter((cause) => cause.field !== '<nil>')
    .map((cause) => {
      const manager = MANAGER.exec(cause.message ?? '')?.[1];
      return { ...(cause.field && { field: cause.field.replace(/^\./, '') }), message: cause.message ?? '', ...(manager && { manager }) };
    });
}

/** The outcome of a step whose time is over while it was still being tried. */
export function givenUp(last: { reason: string; message: string }, tries: number): Stalled {
  const known = CONNECTION_REMEDY[last.reason as keyof typeof CONNECTION_REMEDY];
  const reason = last.reason === 'Unauthorized' || last.reason === 'KindMissing' || last.reason === 'WebhookUnavailable' ? last.reason : 'ClusterUnreachable';
  return {
    type: 'stalled', reason, message: `${last.message} (given up after ${tries} ${tries === 1 ? 'try' : 'tries'})`,
    remedy: known ?? GIVEN_UP_REMEDY[last.reason] ?? 'Plan again when the cluster answers.', causes: [],
  };
}

/** The outcome of a step that the breaker kept from being sent until its time was over. */
export function neverSent(message: string): Stalled {
  return { type: 'stalled', reason: 'ClusterUnreachable', message: `${message} (never sent)`, remedy: 'Plan again when the cluster answers.', causes: [] };
}

const GIVEN_UP_REMEDY: Readonly<Record<string, string>> = {
  KindMissing: "Install the kind's CustomResourceDefinition in the cluster, or leave the kind out of the repository.",
  WebhookUnavailable: "Repair the admission webhook (for Hedgehog: the fabric controller), then plan again.",
};
