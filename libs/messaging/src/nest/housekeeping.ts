import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Background, Database, Logger } from '@heddle/platform';
import { pruneBegunAttempts } from '../inbox/begun-attempts.ts';
import { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import { pruneInbox } from '../inbox/inbox.ts';

const PRUNE_EVERY_MS = 60 * 60_000;

/** Drops what is past its time. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap {
  constructor(
    @Inject(Background) private readonly background: Background,
    @Inject(Database) private readonly database: Database,
    @Inject(DeadLetterStore) private readonly deadLetters: DeadLetterStore,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.every('pruning of inbox and dead letters', PRUNE_EVERY_MS, async () => {
      await pruneInbox(this.database);
      await pruneBegunAttempts(this.database);
      const days = await this.deadLetters.keepDays();
      if (days.length > 0) this.logger.info('dropped old dead letters', { days });
    });
  }
}
