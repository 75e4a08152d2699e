import { AuditTrail, Clock, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

/** Time, ids and the audit trail of repositories. */
@Injectable()
export class RepositoryTools {
  constructor(readonly clock: Clock, readonly ids: Ids, readonly audit: AuditTrail) {}
}
