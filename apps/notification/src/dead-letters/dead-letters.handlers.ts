import { deadLetterGroups, deadLetterList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { DeadLetterIndex } from './dead-letter-index.ts';

@Controller()
export class DeadLettersHandlers {
  constructor(private readonly index: DeadLetterIndex) {}

  @OnRequest(deadLetterList)
  list(request: z.output<typeof deadLetterList.request>): Promise<z.input<typeof deadLetterList.response>> {
    return this.index.list(request);
  }

  @OnRequest(deadLetterGroups)
  groups(request: z.output<typeof deadLetterGroups.request>): Promise<z.input<typeof deadLetterGroups.response>> {
    return this.index.groups(request);
  }
}
