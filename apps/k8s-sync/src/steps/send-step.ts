import type { Step } from '@heddle/contracts';
import type { ApiClient } from '../api/api-client.ts';
import { objectOf, type KubeAnswer } from '../api/kube-answer.ts';
import { moveOwnership } from './move-ownership.ts';
import { FENCE_ANNOTATION } from './settle-step.ts';

/** Apart from `heddle`: an Update entry under that name would conflict with its own applies. */
const FENCE_MANAGER = 'heddle-fence';

export interface Sent {
  readonly answer: KubeAnswer;
  /** The resourceVersion that the write started from; undefined when none was named. */
  readonly before: string | undefined;
}

export interface SendOptions {
  readonly dryRun: boolean;
  /** Overrides the plan's preconditions: the version that a look found, see settleStep. */
  readonly confirm?: { readonly uid: string; readonly resourceVersion: string };
  /** Value of the fence annotation. */
  readonly mark: string;
  readonly now: Date;
  /** Called between the requests of a step that has several. @throws NotSent */
  readonly beforeWrite: () => void;
}

/** Sends the request of a step, guarded by what the plan saw. @throws Unreachable, BreakerOpen */
export async function sendStep(client: ApiClient, step: Step, options: SendOptions): Promise<Sent> {
  const { target, preconditions } = step;
  switch (step.action) {
    case 'create': {
      if (options.confirm) return apply(client, step, options.confirm, false, options.dryRun);
      return apply(client, step, { resourceVersion: '0' }, false, options.dryRun);
    }
    case 'apply': return apply(client, step, options.confirm ?? preconditions, step.force && !options.confirm, options.dryRun);
    case 'delete': return { answer: await client.delete(target, preconditions, options.dryRun), before: preconditions.resourceVersion };
    case 'fence': return fence(client, step, preconditions, options);
    case 'take_ownership': return takeOwnership(client, step, options);
  }
}

/** Moves the object's resourceVersion, so that a write that names the former one is refused. */
export async function fence(client: ApiClient, step: Step, at: { uid?: string | undefined; resourceVersion?: string | undefined }, options: SendOptions): Promise<Sent> {
  const metadata = { ...definedOf(at), annotations: { [FENCE_ANNOTATION]: options.mark } };
  return { answer: await client.mergePatch(step.target, { metadata }, options.dryRun, FENCE_MANAGER), before: at.resourceVersion };
}

async function apply(client: ApiClient, step: Step, at: { uid?: string | undefined; resourceVersion?: string | undefined }, force: boolean, dryRun: boolean): Promise<Sent> {
  const { apiVersion = apiVersionOf(step), kind = step.target.kind, metadata, ...rest } = step.body ?? {};
  const named = { ...(metadata as object), name: step.target.name, namespace: step.target.namespace, ...definedOf(at) };
  const answer = await client.apply(step.target, { apiVersion, kind, metadata: named, ...rest }, { force, dryRun });
  return { answer, before: at.resourceVersion === '0' ? undefined : at.resourceVersion };
}

async function takeOwnership(client: ApiClient, step: Step, options: SendOptions): Promise<Sent> {
  const look = await client.get(step.target);
  const live = objectOf(look);
  if (look.status !== 200 || live === null) return { answer: look, before: undefined };
  const before = step.preconditions.resourceVersion ?? live.metadata.resourceVersion;
  const managedFields = moveOwnership(live.metadata.managedFields ?? [], step.fromManagers ?? [], live.apiVersion ?? apiVersionOf(step), options.now);
  const unplanned = live.metadata.resourceVersion !== before || (step.preconditions.uid !== undefined && live.metadata.uid !== step.preconditions.uid);
  // Nothing to move is only an answer when the object is the one of the plan; otherwise the patch below is refused.
  if (managedFields === null && !unplanned) return { answer: look, before };
  options.beforeWrite();
  const metadata = { uid: step.preconditions.uid ?? live.metadata.uid, resourceVersion: before, managedFields: managedFields ?? live.metadata.managedFields };
  return { answer: await client.mergePatch(step.target, { metadata }, options.dryRun), before };
}

function apiVersionOf(step: Step): string {
  return step.target.group === '' ? step.target.version : `${step.target.group}/${step.target.version}`;
}

function definedOf(at: { uid?: string | undefined; resourceVersion?: string | undefined }): { uid?: string; resourceVersion?: string } {
  return { ...(at.uid !== undefined && { uid: at.uid }), ...(at.resourceVersion !== undefined && { resourceVersion: at.resourceVersion }) };
}
