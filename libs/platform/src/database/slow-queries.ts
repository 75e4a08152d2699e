import type { Logger as DatabaseLogger } from 'typeorm';
import type { Logger } from '../telemetry/logger.ts';

/** What is logged of a statement, characters. */
const SHOWN = 1_000;

/** TypeORM's log, of which only the slow statements are wanted. Parameters are left out: they may be secrets. */
export class SlowQueries implements DatabaseLogger {
  constructor(private readonly logger: Logger) {}

  logQuerySlow(milliseconds: number, query: string): void {
    this.logger.warn('a statement took long', { log: 'slow', milliseconds, statement: query.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN) });
  }

  logQuery(): void {}

  logQueryError(): void {}

  logSchemaBuild(): void {}

  logMigration(): void {}

  log(): void {}
}
