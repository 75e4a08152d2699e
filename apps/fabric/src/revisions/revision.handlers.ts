import type { MessageData } from '@heddle/contracts';
import { type MessageContext, OnMessage } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import { RevisionService } from './revision.service.ts';

/** Queue names follow from the message types and are permanent. */
@Controller()
export class RevisionHandlers {
  constructor(private readonly revisions: RevisionService) {}

  @OnMessage('revision.observed')
  observed(data: MessageData<'revision.observed'>, { tx, envelope }: MessageContext): Promise<void> {
    return this.revisions.observe(tx, data, new Date(envelope.timestamp));
  }
}
