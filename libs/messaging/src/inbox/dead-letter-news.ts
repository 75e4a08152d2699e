import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { deadLetterList } from '@heddle/contracts';
import { Background, Database, describeError, Logger, rowsOf, sleep } from '@heddle/platform';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { Outbox } from '../outbox/outbox.ts';
import { DEAD_LETTER_COLUMNS, type DeadLetterRow, summaryOf } from './dead-letter-row.ts';

const EVERY_MS = 1_000;
/** So many of the longest texts that there can be still fit an event. */
const AT_ONCE = 50;
const LONGEST_TEXT = 400;

/** Tells the index of all dead letters what died here and what was closed: in batches, so that a flood of them is no flood of events. */
@Injectable()
export class DeadLetterNews implements OnApplicationBootstrap {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Background) private readonly background: Background,
    @Inject(Database) private readonly database: Database,
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    // The service with the index reads its own table beside it: its events may be just what it can't take.
    if (this.options.service === deadLetterList.service) return;
    this.background.start('news of dead letters', async (signal) => {
      while (!signal.aborted) {
        const told = await this.tell().catch((error: unknown) => {
          this.logger.warn('news of dead letters could not be written', { error: describeError(error) });
          return 0;
        });
        if (told < AT_ONCE) await sleep(EVERY_MS, signal);
      }
    });
  }

  /** @returns how many were told of */
  private tell(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await rowsOf<DeadLetterRow>(tx, `SELECT ${DEAD_LETTER_COLUMNS} FROM dead_letter WHERE NOT announced ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED`);
      if (rows.length === 0) return 0;
      await this.outbox.add(tx, 'dead_letter.changed', { items: rows.map((row) => ({ ...shortened(summaryOf(row)), failedOn: row.failed_on, version: row.version })) });
      await tx.query('UPDATE dead_letter SET announced = true WHERE id = ANY($1::uuid[])', [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }
}

function shortened<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : value])) as Fields;
}
