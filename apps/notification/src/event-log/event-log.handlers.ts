import { type Envelope, eventList, eventSearch } from '@heddle/contracts';
import { OnEveryEvent, OnRequest, type RequestContext } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { DeadLetterIndex } from '../dead-letters/dead-letter-index.ts';
import { EventLogService } from './event-log.service.ts';

@Controller()
export class EventLogHandlers {
  constructor(private readonly log: EventLogService, private readonly deadLetters: DeadLetterIndex) {}

  // The queue's name, notification.events, is permanent: messages wait in it across releases.
  @OnEveryEvent()
  async onEvents(items: readonly { envelope: Envelope }[], context: { tx: EntityManager }): Promise<void> {
    const events = items.map((item) => item.envelope);
    await this.deadLetters.take(context.tx, events);
    await this.log.append(context.tx, events);
  }

  @OnRequest(eventList)
  list(request: z.output<typeof eventList.request>, context: RequestContext): Promise<z.input<typeof eventList.response>> {
    return this.log.read(request, context.signal);
  }

  @OnRequest(eventSearch)
  search(request: z.output<typeof eventSearch.request>): Promise<z.input<typeof eventSearch.response>> {
    return this.log.search(request);
  }
}
