import type { Step } from '@heddle/contracts';
import { stepKey, type JobRow, type StepRow } from './step-store.ts';

/** The longest time-out that a webhook can be given. */
const WEBHOOK_LONGEST_MS = 30_000;

/** A step that is being worked on, with what is known from its tries. */
export class TrackedStep {
  readonly key: string;
  /** Read when it is marked as sent; bodies of others stay in the database. */
  spec: Step | null = null;
  sentAt: Date | null;
  tries = 0;
  /** A write may have landed: look before sending again. */
  uncertain: boolean;
  /** Monotonic milliseconds at which a write of it was given up without an answer; null: none was. */
  abortedAt: number | null = null;
  /** After its deadline it was looked at once more, or is about to be. */
  finalLook = false;
  /** The breaker let it not through. */
  refused = false;
  /** Deleted, and kept by finalizers. */
  waiting = false;
  last: { reason: string; message: string } | null = null;
  /** What was told of it last, so that the same is not told twice. */
  told = '';

  constructor(
    readonly row: StepRow,
    readonly job: JobRow,
    /** Monotonic milliseconds. */
    readonly foundAt: number,
  ) {
    this.key = stepKey(row);
    this.sentAt = row.sentAt;
    // Sent by a former owner, who never wrote down an answer.
    this.uncertain = row.state === 'sent';
    this.waiting = row.outcome === 'waiting';
  }

  /**
   * Whether a create that was given up may still take effect: an admission webhook holds it for up to 30 s, and an
   * absent object has no version by which to forbid it.
   */
  mayStillLand(monotonicMs: number): boolean {
    return this.abortedAt !== null && this.spec?.action === 'create' && monotonicMs - this.abortedAt < WEBHOOK_LONGEST_MS;
  }
}
