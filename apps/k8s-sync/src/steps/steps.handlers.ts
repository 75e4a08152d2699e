import type { MessageData } from '@heddle/contracts';
import { OnMessage, type MessageContext } from '@heddle/messaging';
import { Controller, Inject } from '@nestjs/common';
import { StepsService } from './steps.service.ts';

@Controller()
export class StepsHandlers {
  constructor(@Inject(StepsService) private readonly steps: StepsService) {}

  /** Queue `k8s-sync.steps.apply`, for good. */
  @OnMessage('steps.apply')
  async onApply(data: MessageData<'steps.apply'>, { tx, envelope }: MessageContext): Promise<void> {
    await this.steps.accept(tx, data, envelope);
  }

  /** Queue `k8s-sync.steps.cancel`, for good. */
  @OnMessage('steps.cancel')
  async onCancel(data: MessageData<'steps.cancel'>, { tx }: MessageContext): Promise<void> {
    await this.steps.cancel(tx, data);
  }
}
