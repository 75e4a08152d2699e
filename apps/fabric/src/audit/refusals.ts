import { AuditTrail, Database, HeddleError } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

/** What was asked for and refused stands in the audit trail as well: in a transaction of its own, since the other rolls back. */
@Injectable()
export class Refusals {
  constructor(private readonly database: Database, private readonly audit: AuditTrail) {}

  async recorded<Result>(action: string, subject: string, fn: () => Promise<Result>): Promise<Result> {
    try {
      return await fn();
    } catch (error) {
      if (error instanceof HeddleError && !error.retryable) {
        await this.database.transaction((tx) => this.audit.append(tx, { action, subject, outcome: 'refused', details: { code: error.code, message: error.message } }));
      }
      throw error;
    }
  }
}
