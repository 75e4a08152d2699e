import { createHash } from 'node:crypto';
import type { Actor } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';
import type { Clock } from '../clock.ts';
import { onCommit, rowsOf } from '../database/database.ts';
import { currentContext } from '../telemetry/context.ts';
import type { Logger } from '../telemetry/logger.ts';

/** What was done in a service, or refused. The actor and the correlation id come from the work in hand. */
export interface AuditEntry {
  /** `<entity>.<verb>`. */
  action: string;
  /** The object, e.g. `fabric/lab`. */
  subject: string;
  outcome: 'done' | 'refused' | 'failed';
  /** Never a secret. */
  details?: Record<string, unknown>;
}

export interface AuditRow {
  sequence: number;
  at: string;
  actor: Actor | null;
  action: string;
  subject: string;
  outcome: string;
  details: Record<string, unknown>;
  correlationId: string | null;
  previousHash: string;
  hash: string;
}

const GENESIS = '0'.repeat(64);

/** Append-only, hash-chained: each row's hash covers its content and the row before. What was audited is told in the security log too. */
export class AuditTrail {
  constructor(private readonly clock: Clock, private readonly logger: Logger) {}

  async append(tx: EntityManager, entry: AuditEntry): Promise<void> {
    // Appends of one service queue up here until the commit: the chain has one end.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('audit'), hashtext(current_schema()))`);
    const [last] = await rowsOf<{ sequence: string; hash: string }>(tx, `SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1`);
    const context = currentContext();
    const row = {
      sequence: Number(last?.sequence ?? 0) + 1, at: this.clock.now().toISOString(), actor: context?.actor ?? null,
      action: entry.action, subject: entry.subject, outcome: entry.outcome, details: entry.details ?? {},
      correlationId: context?.correlationId ?? null, previousHash: last?.hash ?? GENESIS,
    };
    await tx.query(
      `INSERT INTO audit (sequence, at, actor, action, subject, outcome, details, correlation_id, previous_hash, hash) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
      [row.sequence, row.at, row.actor && JSON.stringify(row.actor), row.action, row.subject, row.outcome, JSON.stringify(row.details), row.correlationId, row.previousHash, hashOf(row)],
    );
    const { actor, action, subject } = row;
    onCommit(tx, () => this.logger.security(entry.outcome, 'audited', { action, subject, actor, sequence: row.sequence }));
  }
}

/** The first row that does not fit the chain, or null: rows in order, from the first. */
export function findBrokenLink(rows: readonly AuditRow[]): AuditRow | null {
  let previous = GENESIS;
  for (const row of rows) {
    if (row.previousHash !== previous || hashOf(row) !== row.hash) return row;
    previous = row.hash;
  }
  return null;
}

function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const content = [row.sequence, row.at, row.actor, row.action, row.subject, row.outcome, row.details, row.correlationId, row.previousHash];
  return createHash('sha256').update(JSON.stringify(content, sortKeys)).digest('hex');
}

// jsonb keeps no key order, so the hash must not depend on it.
function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
