import { type MessageData, operationCancel, operationGet, operationList, operationStart } from '@heddle/contracts';
import { type MessageContext, OnMessage, OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { DryRunService } from '../dry-runs/dry-run.service.ts';
import { Refusals } from '../audit/refusals.ts';
import { OperationRequests } from './operation-requests.ts';
import { OutcomeService } from './outcome.service.ts';

/** Queue names follow from the message types and are permanent. */
@Controller()
export class OperationHandlers {
  constructor(private readonly operations: OperationRequests, private readonly outcomes: OutcomeService, private readonly dryRuns: DryRunService, private readonly refusals: Refusals) {}

  @OnMessage('steps.finished')
  async finished(data: MessageData<'steps.finished'>, { tx }: MessageContext): Promise<void> {
    const written = await this.dryRuns.take(tx, data);
    if (written.outcomes.length > 0) await this.outcomes.take(tx, written);
  }

  @OnRequest(operationStart)
  start(request: z.output<typeof operationStart.request>) {
    return this.refusals.recorded('operation.start', `fabric/${request.fabric}`, () => this.operations.start(request));
  }

  @OnRequest(operationGet)
  get({ operationId }: z.output<typeof operationGet.request>) {
    return this.operations.get(operationId);
  }

  @OnRequest(operationList)
  list(request: z.output<typeof operationList.request>) {
    return this.operations.list(request);
  }

  @OnRequest(operationCancel)
  cancel({ operationId }: z.output<typeof operationCancel.request>) {
    return this.refusals.recorded('operation.cancel', `operation/${operationId}`, () => this.operations.cancel(operationId));
  }
}
