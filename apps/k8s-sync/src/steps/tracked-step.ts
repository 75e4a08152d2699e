import type { Step } from '@heddle/contracts';
import { stepKey, type JobRow, type StepRow } from './step-store.ts';

/** A step that is being worked on, with what is known from its tries. */
export class TrackedStep {
  readonly key: string;
  /** Read when it is marked as sent; bodies of others stay in the database. */
  spec: Step | null = null;
  sentAt: Date | null;
  tries = 0;
  /** A write may have landed: look before sending again. */
  uncertain: boolean;
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
}
