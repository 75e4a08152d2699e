import { Controller, Inject, type Type } from '@nestjs/common';
import { type DeadLetter, deadLetterList, type Page, type PageQuery, type ServiceName } from '@heddle/contracts';
import { DeadLetters } from '../inbox/dead-letters.ts';
import { OnRequest } from './on-request.ts';

/** A controller by which the service answers for its own dead letters. */
export function deadLettersController(service: ServiceName): Type<unknown> {
  @Controller()
  class DeadLettersController {
    constructor(@Inject(DeadLetters) private readonly deadLetters: DeadLetters) {}

    @OnRequest(deadLetterList(service))
    list(query: PageQuery): Promise<Page<DeadLetter>> {
      return this.deadLetters.list(query);
    }
  }
  return DeadLettersController;
}
