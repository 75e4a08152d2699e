import type { MessageData } from '@heddle/contracts';
import { OnMessage, type MessageContext } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import { SourcesService } from './sources.service.ts';

/** Messages of fabric about what it reads; their queue names are permanent. */
@Controller()
export class SourcesHandlers {
  constructor(private readonly sources: SourcesService) {}

  @OnMessage('source.assign')
  assign(data: MessageData<'source.assign'>, { tx }: MessageContext): Promise<void> {
    return this.sources.assign(tx, data);
  }

  @OnMessage('source.release')
  release(data: MessageData<'source.release'>, { tx }: MessageContext): Promise<void> {
    return this.sources.release(tx, data);
  }

  @OnMessage('revision.wanted')
  sendAgain(data: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    return this.sources.sendAgain(tx, data);
  }
}
