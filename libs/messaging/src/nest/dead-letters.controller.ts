import { Controller, Inject, type Type } from '@nestjs/common';
import { type DeadLetter, deadLetterRequests, type EditDeadLetter, type EditedDeadLetter, type ServiceName } from '@heddle/contracts';
import type { Progress, Selection } from '../inbox/dead-letter-chunk.ts';
import { DeadLetters } from '../inbox/dead-letters.ts';
import { EditDeadLetters } from '../inbox/edit-dead-letter.ts';
import { ReplayDeadLetters } from '../inbox/replay-dead-letters.ts';
import type { RequestContext } from '../request/request-context.ts';
import { OnRequest } from './on-request.ts';

/** A controller by which the service answers for its own dead letters. */
export function deadLettersController(service: ServiceName): Type<unknown> {
  const requests = deadLetterRequests(service);

  @Controller()
  class DeadLettersController {
    constructor(
      @Inject(DeadLetters) private readonly letters: DeadLetters,
      @Inject(ReplayDeadLetters) private readonly replays: ReplayDeadLetters,
      @Inject(EditDeadLetters) private readonly edits: EditDeadLetters,
    ) {}

    @OnRequest(requests.get)
    get({ id }: { id: string }): Promise<DeadLetter> {
      return this.letters.get(id);
    }

    @OnRequest(requests.replay)
    replay(selection: Selection, { actor }: RequestContext): Promise<Progress> {
      return this.replays.replay(selection, actor);
    }

    @OnRequest(requests.edit)
    edit({ id, ...edit }: EditDeadLetter & { id: string }, { actor }: RequestContext): Promise<EditedDeadLetter> {
      return this.edits.edit(id, edit, actor);
    }

    @OnRequest(requests.discard)
    discard({ reason, ...selection }: Selection & { reason: string }, { actor }: RequestContext): Promise<Progress> {
      return this.replays.discard(selection, reason, actor);
    }
  }
  return DeadLettersController;
}
