import type { Actor } from '@heddle/contracts';
import { type AuditEntry, type AuditTrail, type Database, NotAllowed } from '@heddle/platform';

/** Rights are looked up here as soon as there are any; today whoever the gateway let through may, and nobody else. @throws NotAllowed, audited */
export async function assertNamedActor(actor: Actor | undefined, { action, subject }: Pick<AuditEntry, 'action' | 'subject'>, database: Database, audit: AuditTrail): Promise<void> {
  if (actor) return;
  await database.transaction((tx) => audit.append(tx, { action, subject, outcome: 'refused' }));
  throw new NotAllowed({ code: 'AUTH-004', message: `Nobody is named who would do '${action}'.`, remedy: 'Ask through the gateway, with a token.' });
}
