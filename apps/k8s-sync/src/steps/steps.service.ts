import type { Envelope, MessageData } from '@heddle/contracts';
import { Logger, onCommit } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { JobLoop } from './job-loop.ts';
import { StepStore, type JobContext } from './step-store.ts';

/** Takes jobs and cancellations in; the loop does the work. */
@Injectable()
export class StepsService {
  constructor(
    @Inject(StepStore) private readonly store: StepStore,
    @Inject(JobLoop) private readonly loop: JobLoop,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  async accept(tx: EntityManager, job: MessageData<'steps.apply'>, { event_id, metadata }: Pick<Envelope, 'event_id' | 'metadata'>): Promise<void> {
    const context: JobContext = {
      correlationId: metadata.correlation_id, causationId: event_id, fabricId: job.fabricId,
      ...(metadata.actor && { actor: metadata.actor }), ...(metadata.traceparent && { traceparent: metadata.traceparent }),
    };
    if (!await this.store.addChunk(tx, job, context)) {
      const { fabricId, operationId, operationNumber, jobId } = job;
      this.logger.warn('a job of a superseded operation is refused', { fabricId, operationId, operationNumber, jobId });
      return;
    }
    onCommit(tx, () => this.loop.wake(job.fabricId));
  }

  async cancel(tx: EntityManager, cancel: MessageData<'steps.cancel'>): Promise<void> {
    await this.store.addCancellation(tx, cancel);
    onCommit(tx, () => this.loop.wake(cancel.fabricId));
  }
}
