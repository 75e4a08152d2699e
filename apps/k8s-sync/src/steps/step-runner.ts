import { inSpan, type Clock, type Lease } from '@heddle/platform';
import type { ApiClient } from '../api/api-client.ts';
import { objectOf, type KubeAnswer, type LiveObject } from '../api/kube-answer.ts';
import { mayHaveLanded, Unreachable } from '../api/unreachable.ts';
import { NotSent, type ClusterLink } from '../cluster/cluster-link.ts';
import { classifyAnswer, classifyUnreachable, waitingOnFinalizers, type Verdict } from './classify-outcome.ts';
import { fence, sendStep, type SendOptions, type Sent } from './send-step.ts';
import { isFencedBy, settleStep } from './settle-step.ts';
import type { TrackedStep } from './tracked-step.ts';

/** The lease can't be confirmed just now. That says nothing about the cluster. */
export class LeaseUnconfirmed extends NotSent {
  override readonly name = 'LeaseUnconfirmed';

  /** @param midway a request was under way and was given up: it may have landed */
  constructor(readonly midway: boolean) {
    super();
  }
}

type Confirm = NonNullable<SendOptions['confirm']>;

/** A create without an answer, of an object that is not there yet: looked at until it can't come any more. */
const MAY_STILL_LAND: Verdict = { type: 'again', reason: 'MayStillLand', message: 'It was sent without an answer and may still take effect.', afterSeconds: 1, uncertain: true };

/** What a write answers when another one came before it. */
const OVERTAKEN: ReadonlySet<string> = new Set(['AlreadyExists', 'StaleResourceVersion']);

/** One try of a step, with the look at the object that an unknown result asks for first. */
export class StepRunner {
  constructor(
    private readonly link: () => Promise<ClusterLink>,
    private readonly lease: Lease,
    private readonly clock: Clock,
  ) {}

  /** Sends a step, or finds out that it took effect already. @throws BreakerOpen: nothing was sent; LeaseUnconfirmed: the step knows whether something was */
  async run(step: TrackedStep): Promise<Verdict> {
    const attributes = { 'k8s.action': step.spec!.action, 'k8s.kind': step.spec!.target.kind, 'k8s.name': step.spec!.target.name, 'heddle.step': step.row.stepId };
    return inSpan(`kubernetes ${step.spec!.action}`, attributes, () => this.#guarded(async () => {
      if (!step.uncertain || step.job.dryRun) return this.#send(step, undefined);
      const before = await this.#settle(step);
      if ('outcome' in before) return before.outcome;
      const verdict = await this.#send(step, before.confirm);
      if (verdict.type !== 'stalled' || !OVERTAKEN.has(verdict.reason)) return verdict;
      // The first write may have landed between the look and this one: then it is what stands in the way.
      const after = await this.#settle(step);
      if ('outcome' in after) return after.outcome;
      return after.confirm ? this.#send(step, after.confirm) : verdict;
    }));
  }

  /** A deleted object that its finalizers keep: gone yet, or still waiting? */
  async poll(step: TrackedStep): Promise<Verdict> {
    return this.#guarded(async () => {
      const look = await this.#look(step);
      if ('type' in look) return look;
      const { live } = look;
      const uid = step.spec!.preconditions.uid;
      if (live === null || (uid !== undefined && live.metadata.uid !== uid) || live.metadata.deletionTimestamp === undefined) return { type: 'done', changed: true, live: null };
      return waitingOnFinalizers(live.metadata.finalizers ?? [], live.metadata.deletionTimestamp);
    });
  }

  /** A write that may still be under way and is not wanted any more: learns that it landed, or makes it impossible. Null: it can't land now. */
  async makeImpossible(step: TrackedStep): Promise<Verdict | null> {
    return this.#guarded(async () => {
      const look = await this.#look(step);
      if ('type' in look) return look;
      const settlement = settleStep(step.spec!, look.live, step.sentAt!);
      if (settlement.type === 'settled') return settlement.outcome;
      if (settlement.type === 'confirm') return { type: 'done', changed: true, live: look.live as Record<string, unknown> | null };
      if (look.live === null && step.mayStillLand(this.clock.monotonicMs())) return MAY_STILL_LAND;
      // An absent object has no version to move, and a create stops at one that is there. The former owner's request was given up long before the take-over.
      if (look.live === null || step.spec!.action === 'fence' || step.spec!.action === 'create' || isFencedBy(look.live, step.key)) return null;
      const { uid, resourceVersion } = look.live.metadata;
      const sent = await this.#exchange((client) => fence(client, step.spec!, { uid, resourceVersion }, this.#options(step)));
      if (sent.answer.status < 300 || sent.answer.status === 404) return null;
      if (sent.answer.status === 409) return { type: 'again', reason: 'StaleResourceVersion', message: 'The object changed while it was fenced.', afterSeconds: 0, uncertain: true };
      return classifyAnswer({ ...step.spec!, action: 'fence' }, sent.answer, resourceVersion, this.clock.now());
    });
  }

  async #guarded<Result>(fn: () => Promise<Result | Verdict>): Promise<Result | Verdict> {
    try {
      return await fn();
    } catch (error) {
      if (error instanceof Unreachable) return classifyUnreachable(error);
      throw error;
    }
  }

  async #settle(step: TrackedStep): Promise<{ outcome: Verdict } | { confirm?: Confirm }> {
    const look = await this.#look(step);
    if ('type' in look) return { outcome: look };
    const settlement = settleStep(step.spec!, look.live, step.sentAt!);
    switch (settlement.type) {
      case 'settled': return { outcome: settlement.outcome };
      case 'confirm': return { confirm: { uid: settlement.uid, resourceVersion: settlement.resourceVersion } };
      case 'resend': return {};
    }
  }

  async #send(step: TrackedStep, confirm: Confirm | undefined): Promise<Verdict> {
    const sent = await this.#exchange((client) => sendStep(client, step.spec!, { ...this.#options(step), ...(confirm && { confirm }) })).catch((error: unknown) => {
      const midway = error instanceof LeaseUnconfirmed && error.midway;
      if (midway) step.uncertain = true;
      if (midway || (error instanceof Unreachable && mayHaveLanded(error.reason))) step.abortedAt = this.clock.monotonicMs();
      throw error;
    });
    const verdict = classifyAnswer(step.spec!, sent.answer, confirm ? undefined : sent.before, this.clock.now());
    // A dry run stores nothing: there is nothing to wait for, and no live object to tell of.
    return step.job.dryRun && verdict.type === 'waiting' ? { type: 'done', changed: true, live: null } : verdict;
  }

  async #look(step: TrackedStep): Promise<{ live: LiveObject | null } | Verdict> {
    const { answer } = await this.#exchange(async (client) => ({ answer: await client.get(step.spec!.target), before: undefined }));
    if (answer.status === 200) return { live: objectOf(answer) };
    if (answer.status === 404 && typeof answer.body === 'object') return { live: null };
    const verdict = classifyAnswer({ ...step.spec!, action: 'apply' }, answer, undefined, this.clock.now());
    return verdict.type === 'again' ? { ...verdict, uncertain: true } : verdict;
  }

  async #exchange(request: (client: ApiClient) => Promise<Sent>): Promise<Sent> {
    const link = await this.link();
    return link.guarded((client) => {
      this.#assertLease();
      return this.lease.during((signal) => request(client.abortedBy(signal))).catch((error: unknown) => {
        throw this.lease.valid() || error instanceof NotSent ? error : new LeaseUnconfirmed(true);
      });
    }, (sent): KubeAnswer => sent.answer);
  }

  #assertLease(): void {
    if (!this.lease.valid()) throw new LeaseUnconfirmed(false);
  }

  #options(step: TrackedStep): SendOptions {
    return { dryRun: step.job.dryRun, mark: step.key, now: this.clock.now(), beforeWrite: () => this.#assertLease() };
  }
}
