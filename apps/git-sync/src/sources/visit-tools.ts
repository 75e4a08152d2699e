import { Clock, currentContext, Ids, Logger, runInContext } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

/** Time, chance, ids and logs of a visit. */
@Injectable()
export class VisitTools {
  readonly random = Math.random;

  constructor(readonly clock: Clock, readonly ids: Ids, readonly logger: Logger) {}

  inFabric<T>(fabricId: string, work: () => Promise<T>): Promise<T> {
    const current = currentContext();
    return current ? runInContext({ ...current, fabricId }, work) : work();
  }
}
