import type { Outcome, Step } from '@heddle/contracts';
import { FIELD_MANAGER } from '../api/api-client.ts';
import type { LiveObject, ManagedFieldsEntry } from '../api/kube-answer.ts';
import { waitingOnFinalizers } from './classify-outcome.ts';

export const FENCE_ANNOTATION = 'heddle/fence';

/** What the look at an object says about a write that was sent and not answered. */
export type Settlement =
  /** It took effect. */
  | { readonly type: 'settled'; readonly outcome: Extract<Outcome, { type: 'done' | 'waiting' | 'stalled' }> }
  /** It did not take effect, or can't have: send it as the plan has it; the preconditions guard it. */
  | { readonly type: 'resend' }
  /**
   * It very likely took effect, but admission rewrote what we sent. Applying the same fields again, on exactly this
   * version, is without effect then: the server keeps the resourceVersion and answers with the object.
   */
  | { readonly type: 'confirm'; readonly uid: string; readonly resourceVersion: string };

/** The server's clock and ours may differ, and managedFields carry whole seconds. */
const CLOCK_SLACK_MS = 5_000;

/**
 * Decides what became of a step that was sent and not answered. Pure.
 * @param live the object as it is now, or null when it is absent.
 * @param sentAt when it was first marked as sent.
 */
export function settleStep(step: Step, live: LiveObject | null, sentAt: Date): Settlement {
  switch (step.action) {
    case 'create': return settleCreate(step, live, sentAt);
    case 'apply': return settleApply(step, live, sentAt);
    case 'delete': return settleDelete(step, live);
    case 'take_ownership': return settleOwnership(step, live);
    case 'fence': return { type: 'resend' };
  }
}

function settleCreate(step: Step, live: LiveObject | null, sentAt: Date): Settlement {
  if (live === null) return { type: 'resend' };
  const ours = ownEntry(live);
  // An object of ours that is older than the step was not made by it; the create-only precondition will say so.
  if (!ours || !isSince(live.metadata.creationTimestamp, sentAt)) return { type: 'resend' };
  return landed(step, live);
}

function settleApply(step: Step, live: LiveObject | null, sentAt: Date): Settlement {
  const planned = step.preconditions.resourceVersion;
  if (live === null || planned === undefined || live.metadata.resourceVersion === planned) return { type: 'resend' };
  if (step.preconditions.uid !== undefined && live.metadata.uid !== step.preconditions.uid) return { type: 'resend' };
  const ours = ownEntry(live);
  if (!ours || !isSince(ours.time, sentAt)) return { type: 'resend' };
  // A forced write must not be confirmed over what somebody may have written since: the stale version stops it.
  if (step.force && !contains(live, step.body)) return { type: 'resend' };
  return landed(step, live);
}

function landed(step: Step, live: LiveObject): Settlement {
  if (contains(live, step.body)) return { type: 'settled', outcome: { type: 'done', changed: true, live: live as Record<string, unknown> } };
  return { type: 'confirm', uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion };
}

function settleDelete(step: Step, live: LiveObject | null): Settlement {
  const gone = live === null || (step.preconditions.uid !== undefined && live.metadata.uid !== step.preconditions.uid);
  if (gone) return { type: 'settled', outcome: { type: 'done', changed: true, live: null } };
  if (live.metadata.deletionTimestamp === undefined) return { type: 'resend' };
  return { type: 'settled', outcome: waitingOnFinalizers(live.metadata.finalizers ?? [], live.metadata.deletionTimestamp) as Extract<Outcome, { type: 'waiting' }> };
}

function settleOwnership(step: Step, live: LiveObject | null): Settlement {
  if (live === null) return { type: 'resend' };
  const remaining = (live.metadata.managedFields ?? []).some((entry) => !entry.subresource && step.fromManagers?.includes(entry.manager ?? ''));
  if (remaining || !ownEntry(live)) return { type: 'resend' };
  return { type: 'settled', outcome: { type: 'done', changed: true, live: live as Record<string, unknown> } };
}

/** Whether the object carries the mark that makes this step's former write impossible. */
export function isFencedBy(live: LiveObject, mark: string): boolean {
  return live.metadata.annotations?.[FENCE_ANNOTATION] === mark;
}

function ownEntry(live: LiveObject): ManagedFieldsEntry | undefined {
  return live.metadata.managedFields?.find((entry) => entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && !entry.subresource);
}

function isSince(time: string | undefined, sentAt: Date): boolean {
  return time !== undefined && Date.parse(time) >= sentAt.getTime() - CLOCK_SLACK_MS;
}

/** True when every value of the body is in the live object; lists are compared whole, preconditions are no content. */
export function contains(live: LiveObject, body: Step['body']): boolean {
  const { resourceVersion: _version, uid: _uid, ...metadata } = (body?.['metadata'] ?? {}) as Record<string, unknown>;
  return holds(live, { ...body, metadata });
}

function holds(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined || wanted === null) return true;
  if (Array.isArray(wanted)) return Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => holds(live[index], item));
  if (typeof wanted !== 'object') return live === wanted;
  if (typeof live !== 'object' || live === null || Array.isArray(live)) return false;
  return Object.entries(wanted).every(([key, value]) => holds((live as Record<string, unknown>)[key], value));
}
