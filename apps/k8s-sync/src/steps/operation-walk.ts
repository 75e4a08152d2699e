import type { Outcome } from '@heddle/contracts';
import { describeError, inTrace, NotFound, runInContext, sleep, type Clock, type Lease, type Logger } from '@heddle/platform';
import { BreakerOpen } from '../cluster/cluster-link.ts';
import { backoffMs } from './backoff.ts';
import { givenUp, neverSent, type Verdict } from './classify-outcome.ts';
import { isFinal, type OutcomeFlush } from './outcome-flush.ts';
import { StepGraph, type Blocked } from './step-graph.ts';
import { LeaseUnconfirmed, type StepRunner } from './step-runner.ts';
import { stepKey, type StepRow, type StepStore } from './step-store.ts';
import { TrackedStep } from './tracked-step.ts';

export interface WalkOptions {
  readonly operationId: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  readonly store: StepStore;
  readonly runner: StepRunner;
  readonly flush: OutcomeFlush;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onOutcome: (action: string, outcome: Outcome) => void;
}

/** Reasons of steps that nobody wants any more: what depends on them has not failed. */
const TAKEN_BACK: ReadonlySet<string> = new Set(['Cancelled', 'Superseded']);
/** How often jobs, cancellations and deadlines are looked at while an operation runs. */
const LOOK_MS = 250;
/** How many times what may be under way is marked ahead as sent, at most: each such step is looked at after a take-over. */
const MARKED_WINDOWS = 4;
/** Finalizers are polled: first soon, then slower. */
const POLL_FIRST_MS = 300;
const POLL_LONGEST_MS = 5_000;
/** Tries that are so far apart are told of one by one. */
const TELL_EACH_TRY_MS = 3_000;
/** A cluster that is not entered (yet), or a lease that can't be confirmed. */
const PAUSE_MS = 1_000;
/** A step that a former owner sent is looked at, even if its deadline passed while nobody was there; for so long. */
const LOOK_AFTER_DEADLINE_MS = 30_000;

/**
 * Carries one operation to its end: every step gets its outcome. Marks steps as sent before they are, in batches ahead
 * of need; keeps `concurrency` of them under way; holds what must be tried again; lets nothing out without the lease.
 */
export class OperationWalk {
  readonly #graph = new StepGraph();
  readonly #steps = new Map<string, TrackedStep>();
  /** Marked as sent and about to be. */
  readonly #due: TrackedStep[] = [];
  readonly #running = new Set<TrackedStep>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #marking: Promise<void> | null = null;
  #pausedUntil = 0;
  #concurrency = 1;
  #begun: Date;
  /** Why the breaker lets nothing through; null: the last request went through. */
  #obstacle: string | null = null;
  #cancelled: string | null = null;
  #withdrawn: ReadonlyMap<string, string> = new Map();
  #version = '';
  #wake: () => void = () => undefined;

  constructor(private readonly options: WalkOptions) {
    this.#begun = options.clock.now();
  }

  /** Looks for news now. */
  wake(): void {
    this.#wake();
  }

  /** Returns when every step has an outcome that is stored, or when `signal` aborts. */
  async run(): Promise<void> {
    const { signal, flush } = this.options;
    try {
      await this.#reload();
      while (!signal.aborted && this.#graph.unfinished > 0) {
        const woken = new Promise<void>((resolve) => { this.#wake = resolve; });
        this.#expire();
        this.#pump();
        await Promise.race([woken, sleep(LOOK_MS, signal)]);
        if (!signal.aborted && this.#graph.unfinished > 0) await this.#reload();
      }
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      await Promise.all([...this.#inFlight, this.#marking]);
      await flush.flush();
    }
  }

  async #reload(): Promise<void> {
    const version = await this.options.store.versionOf(this.options.operationId);
    if (version === this.#version) return;
    const loaded = await this.options.store.load(this.options.operationId);
    this.#version = version;
    this.#cancelled = loaded.cancelled;
    this.#withdrawn = loaded.withdrawn;
    this.#concurrency = Math.max(1, ...loaded.jobs.map((job) => job.concurrency));
    const jobs = new Map(loaded.jobs.map((job) => [job.jobId, job]));
    const now = this.options.clock.now();
    const usable = loaded.steps.filter((row) => {
      const job = jobs.get(row.jobId)!;
      return job.complete || this.#cancelled !== null || job.deadline <= now;
    });
    const fresh = usable.filter((row) => !this.#graph.has(stepKey(row)));
    for (const row of fresh) if (row.state !== 'finished') this.#steps.set(stepKey(row), new TrackedStep(row, jobs.get(row.jobId)!, this.options.clock.monotonicMs()));
    const blocked = this.#graph.add(fresh.map((row) => ({ key: stepKey(row), stepId: row.stepId, dependsOn: row.dependsOn, state: stateOf(row) })));
    this.#tellBlocked(blocked);
    await this.#takeOver(fresh.filter((row) => row.state === 'sent').map((row) => this.#steps.get(stepKey(row))!));
    // A job whose chunks are not all there has no version of its own to wait for: look again.
    if (usable.length < loaded.steps.length) this.#version = '';
    this.#takeBackUnsent();
  }

  /** Steps that a former owner marked as sent: their bodies are read again, and each is looked at before anything else. */
  async #takeOver(sent: readonly TrackedStep[]): Promise<void> {
    if (sent.length === 0) return;
    await this.#readSpecs(sent);
    for (const step of sent) {
      if (step.waiting) this.#later(step, POLL_FIRST_MS);
      else this.#due.push(step);
    }
  }

  async #readSpecs(steps: readonly TrackedStep[]): Promise<void> {
    const marked = await this.options.store.markSent(this.options.lease, steps.map((step) => step.row));
    for (const step of steps) {
      const found = marked.get(step.key);
      step.spec = found?.spec ?? null;
      step.sentAt = found?.sentAt ?? step.sentAt;
    }
  }

  /** What was cancelled as a whole or withdrawn step by step, and not sent. */
  #takeBackUnsent(): void {
    if (this.#cancelled === null && this.#withdrawn.size === 0) return;
    // The last first: each is told why it was taken back itself, not that what it depends on was.
    for (const key of this.#graph.pending().reverse()) {
      const step = this.#steps.get(key);
      const why = step && this.#whyTakenBack(step);
      if (why) this.#finish(step, { type: 'not_started', ...why });
    }
    for (const step of this.#due.splice(0)) {
      const why = step.uncertain || step.waiting ? null : this.#whyTakenBack(step);
      if (why) this.#finish(step, { type: 'not_started', ...why });
      else this.#due.push(step);
    }
    if (this.#cancelled === null) return;
    for (const step of [...this.#steps.values()].filter((each) => each.waiting && !this.#running.has(each))) {
      this.#remove(step);
      this.#finish(step, this.#waitNoMore(step));
    }
  }

  #whyTakenBack({ row }: TrackedStep): { reason: 'Cancelled' | 'Superseded'; message: string } | null {
    if (this.#cancelled !== null) return { reason: 'Cancelled', message: this.#cancelled };
    const withdrawn = this.#withdrawn.get(row.stepId);
    return withdrawn === undefined ? null : { reason: 'Superseded', message: withdrawn };
  }

  /** Whose time is over gets its outcome; requests under way end by themselves within seconds. */
  #expire(): void {
    const now = this.options.clock.now();
    for (const step of this.#steps.values()) {
      if (step.job.deadline > now || this.#running.has(step)) continue;
      // What is before it is still under way: its outcome tells why this one was not started.
      if (step.mayStillLand(this.options.clock.monotonicMs()) || this.#graph.waitsForTaken(step.key)) continue;
      const unseen = step.uncertain && !step.waiting && step.tries === 0;
      if (unseen && this.options.clock.monotonicMs() - step.foundAt < LOOK_AFTER_DEADLINE_MS) continue;
      if (step.uncertain && !step.waiting && step.tries > 0 && !step.finalLook && !step.job.dryRun) {
        this.#lookNow(step);
        continue;
      }
      this.#remove(step);
      if (step.waiting) this.#finish(step, finalizersRemain(step.last?.message ?? 'Finalizers keep the deleted object.'));
      else if (step.tries > 0 && step.last) this.#finish(step, givenUp(step.last, step.tries));
      else if (step.uncertain) this.#finish(step, givenUp({ reason: 'ClusterUnreachable', message: 'It was sent by a process that ended, and could not be looked at.' }, 1));
      else if (step.refused) this.#finish(step, neverSent(step.last?.message ?? 'The breaker of the cluster was open.'));
      else this.#finish(step, { type: 'not_started', reason: this.#obstacle ? 'ClusterUnreachable' : 'DeadlinePassed', message: this.#whyNotStarted(step) });
    }
  }

  /** Its last try was not answered: one look says whether it took effect after all. */
  #lookNow(step: TrackedStep): void {
    step.finalLook = true;
    this.#remove(step);
    this.#graph.resume(step.key);
    this.#due.unshift(step);
  }

  #whyNotStarted(step: TrackedStep): string {
    const missing = this.#graph.missingDependencies(step.key);
    if (!step.job.complete) return 'The job did not arrive whole.';
    if (missing.length > 0) return `It depends on ${missing.join(', ')}, which never arrived.`;
    if (this.#obstacle) return `The deadline of the job passed before it could be sent: ${this.#obstacle}`;
    if (this.#begun >= step.job.deadline) return 'Its turn came after the deadline of the job: the operation before it took so long, or no k8s-sync was there.';
    return `The deadline of the job passed before it could be sent${step.last ? `: ${step.last.message}` : '; the steps before it took the time.'}`;
  }

  #pump(): void {
    if (this.options.signal.aborted || this.options.clock.monotonicMs() < this.#pausedUntil) return;
    const limit = this.#concurrency;
    while (this.#running.size < limit && this.#due.length > 0) this.#start(this.#due.shift()!);
    // Marked in blocks, and before the last one is used up: the write costs the same for 64 steps as for one, and must
    // not stand between two requests.
    if (this.#marking || this.#due.length > limit) return;
    const keys = this.#graph.take(MARKED_WINDOWS * limit - this.#due.length);
    if (keys.length > 0) this.#marking = this.#mark(keys);
  }

  async #mark(keys: readonly string[]): Promise<void> {
    const steps = keys.map((key) => this.#steps.get(key)!);
    try {
      await this.#readSpecs(steps);
      this.#due.push(...steps.filter((step) => step.spec !== null));
      this.#takeBackUnsent();
    } catch (error) {
      if (!this.options.lease.signal.aborted) this.options.logger.warn('marking steps as sent failed', { error: describeError(error) });
      // Marked or not: nothing was sent.
      for (const key of [...keys].reverse()) this.#graph.putBack(key);
      this.#pause(PAUSE_MS);
    } finally {
      this.#marking = null;
    }
    this.#pump();
  }

  #start(step: TrackedStep): void {
    this.#running.add(step);
    const { context } = step.job;
    const flight = inTrace(context.traceparent, () => runInContext(context, () => this.#try(step))).finally(() => {
      this.#inFlight.delete(flight);
      this.#running.delete(step);
      this.#pump();
      // Nothing is under way that could fill the batch, nor about to be.
      if (this.#running.size === 0 && this.#marking === null) void this.options.flush.flush();
      if (this.#graph.unfinished === 0) this.#wake();
    });
    this.#inFlight.add(flight);
  }

  async #try(step: TrackedStep): Promise<void> {
    const { runner } = this.options;
    const unwanted = this.#whyUnwanted(step);
    try {
      if (unwanted && !step.uncertain) {
        this.#finish(step, this.#withoutEffect(step, unwanted));
      } else if (unwanted) {
        const verdict = await runner.makeImpossible(step);
        this.#judge(step, verdict ?? this.#withoutEffect(step, unwanted));
      } else {
        this.#judge(step, step.waiting ? await runner.poll(step) : await runner.run(step));
        this.#obstacle = null;
        step.refused = false;
      }
    } catch (error) {
      this.#putOff(step, error);
    }
  }

  /** The cause that the last try met says more than that the time was over. */
  #withoutEffect(step: TrackedStep, unwanted: { reason: string; message: string }): Extract<Outcome, { type: 'stalled' | 'not_started' }> {
    const isLate = unwanted.reason === 'DeadlinePassed';
    if (isLate && step.tries > 0 && step.last) return givenUp(step.last, step.tries);
    if (isLate && step.refused && step.last) return neverSent(step.last.message);
    return { type: 'not_started', reason: unwanted.reason, message: step.uncertain ? `${unwanted.message} (it was sent, and can't take effect any more)` : unwanted.message };
  }

  /** The delete was accepted: nothing can be taken back, and who cancelled does not wait for its end. */
  #waitNoMore(step: TrackedStep): Extract<Outcome, { type: 'stalled' }> {
    return finalizersRemain(`${step.last?.message ?? 'Finalizers keep the deleted object.'} It is not waited for any more: ${this.#cancelled}`);
  }

  /** Nothing is sent for a step that is not wanted any more; what was sent already is settled. */
  #whyUnwanted(step: TrackedStep): { reason: string; message: string } | null {
    if (step.waiting) return null;
    const takenBack = this.#whyTakenBack(step);
    if (takenBack) return takenBack;
    return step.job.deadline <= this.options.clock.now() ? { reason: 'DeadlinePassed', message: 'The deadline of the job passed.' } : null;
  }

  #judge(step: TrackedStep, verdict: Verdict | Extract<Outcome, { type: 'not_started' }>): void {
    switch (verdict.type) {
      case 'done': case 'stalled': case 'not_started': return this.#finish(step, verdict);
      case 'waiting':
        step.tries = step.waiting ? step.tries + 1 : 1;
        step.waiting = true;
        step.last = { reason: 'FinalizersRemain', message: `Waits for ${verdict.on}.` };
        if (this.#cancelled !== null) return this.#finish(step, this.#waitNoMore(step));
        this.#tell(step, verdict, verdict.on);
        return this.#later(step, Math.min(POLL_LONGEST_MS, POLL_FIRST_MS * 1.5 ** step.tries));
      case 'again': return this.#again(step, verdict);
    }
  }

  #again(step: TrackedStep, verdict: Extract<Verdict, { type: 'again' }>): void {
    step.tries += 1;
    step.uncertain ||= verdict.uncertain;
    if (verdict.reason !== 'MayStillLand') step.last = { reason: verdict.reason, message: verdict.message };
    if (verdict.maxTries !== undefined && step.tries >= verdict.maxTries) return this.#finish(step, givenUp(verdict, step.tries));
    const wait = backoffMs(step.tries, verdict.afterSeconds, Math.random());
    // Tries in quick succession are told of once; later each of them, with the time of the next.
    const sign = wait < TELL_EACH_TRY_MS ? verdict.reason : `${verdict.reason} ${step.tries}`;
    this.#tell(step, { type: 'retry', at: new Date(this.options.clock.now().getTime() + wait).toISOString(), try: step.tries, reason: verdict.reason, message: verdict.message }, sign);
    this.#later(step, wait);
  }

  /** Nothing was sent: the step goes back to the front, and all pause. */
  #putOff(step: TrackedStep, error: unknown): void {
    this.#due.unshift(step);
    if (error instanceof BreakerOpen) {
      this.#obstacle = error.message;
      step.refused = true;
      step.last ??= { reason: 'ClusterUnreachable', message: error.message };
      return this.#pause(error.retryAfterMs);
    }
    if (!(error instanceof LeaseUnconfirmed) && !(error instanceof NotFound)) {
      this.options.logger.error('a step could not be tried', { stepId: step.row.stepId, error });
    }
    step.last ??= { reason: 'ClusterUnreachable', message: describeError(error) };
    this.#pause(PAUSE_MS);
  }

  #pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.options.clock.monotonicMs() + milliseconds);
    this.#after(milliseconds + 1, () => this.#pump());
  }

  #later(step: TrackedStep, milliseconds: number): void {
    this.#graph.hold(step.key);
    this.#after(milliseconds, () => {
      if (!this.#steps.has(step.key) || this.#due.includes(step) || this.#running.has(step)) return;
      this.#graph.resume(step.key);
      this.#due.push(step);
      this.#pump();
    });
  }

  #after(milliseconds: number, fn: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.options.signal.aborted) fn();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #finish(step: TrackedStep, outcome: Outcome): void {
    this.#steps.delete(step.key);
    const blocked = this.#graph.finish(step.key, outcome.type === 'done' || outcome.type === 'stalled' ? outcome.type : 'not_started');
    this.#tell(step, outcome, outcome.type);
    this.#tellBlocked(blocked, outcome.type === 'not_started' && TAKEN_BACK.has(outcome.reason) ? outcome.reason : undefined);
  }

  #remove(step: TrackedStep): void {
    const index = this.#due.indexOf(step);
    if (index >= 0) this.#due.splice(index, 1);
  }

  /** @param takenBack why what they depend on was taken back; default: it failed */
  #tellBlocked(blocked: readonly Blocked[], takenBack?: string): void {
    for (const { key, by } of blocked) {
      const step = this.#steps.get(key)!;
      this.#steps.delete(key);
      this.#tell(step, { type: 'not_started', reason: takenBack ?? 'DependencyFailed', message: `It depends on ${by}, which ${takenBack ? 'was taken back' : 'is not done'}.` }, 'not_started');
    }
  }

  /** @param sign what makes this different from what was told before; outcomes that are final are always told. */
  #tell(step: TrackedStep, outcome: Outcome, sign: string): void {
    if (!isFinal(outcome) && step.told === `${outcome.type}:${sign}`) return;
    step.told = `${outcome.type}:${sign}`;
    const { operationId, stepId, attempt, jobId } = step.row;
    this.options.flush.add({ operationId, stepId, attempt, jobId, context: step.job.context, at: this.options.clock.now(), outcome });
    this.options.onOutcome(step.spec?.action ?? 'none', outcome);
  }
}

function stateOf(row: StepRow): 'pending' | 'running' | 'done' | 'stalled' | 'not_started' {
  if (row.state === 'pending') return 'pending';
  if (row.state === 'sent') return 'running';
  return row.outcome === 'done' ? 'done' : row.outcome === 'not_started' ? 'not_started' : 'stalled';
}

function finalizersRemain(message: string): Extract<Outcome, { type: 'stalled' }> {
  return { type: 'stalled', reason: 'FinalizersRemain', message, remedy: 'Look why the controllers named by its finalizers do not release the object.', causes: [] };
}
