import { DEAD_LETTER_SERVICES, type DeadLetterFilter, type DeadLetterProgress, type DeadLetterRef, type DeadLetterService } from '@heddle/contracts';
import { Unavailable } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type Cursors, mergeProgress, type Part, readCursors } from './merge-progress.ts';

interface Body {
  letters?: DeadLetterRef[] | undefined;
  filter?: Omit<DeadLetterFilter, 'state'> | undefined;
  cursor?: string | undefined;
}

/** What is asked of one service. */
export interface ServiceSelection {
  ids?: string[] | undefined;
  filter?: Omit<DeadLetterFilter, 'state'> | undefined;
  cursor?: string | undefined;
}

type Ask = (service: DeadLetterService, selection: ServiceSelection) => Promise<Omit<DeadLetterProgress, 'unreachable'>>;

/** What concerns the dead letters of several services: each works on its own. */
@Injectable()
export class DeadLettersService {
  /** Asks the services side by side; those that are down are named in the answer. @throws Unavailable when none of them answers */
  async inServices({ letters, filter, cursor }: Body, ask: Ask): Promise<DeadLetterProgress> {
    const selections = letters ? byService(letters) : byFilter(filter!, cursor === undefined ? undefined : readCursors(cursor));
    let down: Unavailable | undefined;
    const parts = await Promise.all(selections.map(async ([service, selection]): Promise<Part> => {
      try {
        return { service, progress: await ask(service, selection) };
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        down = error;
        return { service, error: error.message, cursor: selection.cursor ?? null };
      }
    }));
    if (down && parts.every((part) => 'error' in part)) throw down;
    return mergeProgress(parts, filter !== undefined);
  }
}

function byService(letters: readonly DeadLetterRef[]): [DeadLetterService, ServiceSelection][] {
  return DEAD_LETTER_SERVICES.map((service): [DeadLetterService, ServiceSelection] => [service, { ids: letters.filter((letter) => letter.service === service).map(({ id }) => id) }])
    .filter(([, { ids }]) => ids!.length > 0);
}

function byFilter(filter: Omit<DeadLetterFilter, 'state'>, cursors: Cursors | undefined): [DeadLetterService, ServiceSelection][] {
  return DEAD_LETTER_SERVICES.filter((service) => (filter.service === undefined || filter.service === service) && (cursors === undefined || service in cursors))
    .map((service) => [service, { filter, cursor: cursors?.[service] ?? undefined }]);
}
