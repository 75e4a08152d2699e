import { Database, type Lease, LeaseLost, Leases, Logger, describeError } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EventPartitions } from '../event-log/event-partitions.ts';
import { Archive, faultOf } from './archive.ts';
import { type ArchiveTaskRow, daysBetween } from './archive-task-row.ts';
import { ArchiveService } from './archive.service.ts';
import { EventDays } from './event-days.ts';
import { RestoredDays } from './restored-days.ts';

/** Carries out the tasks that people give the archive, a day at a time, one task in the whole of Heddle. */
@Injectable()
export class ArchiveTaskLoop implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database, private readonly leases: Leases, private readonly service: ArchiveService, private readonly archive: Archive,
    private readonly days: EventDays, private readonly partitions: EventPartitions, private readonly restored: RestoredDays, private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const held = this.leases.holdEach({
      name: 'archive-task',
      keys: async () => ((await this.next()) ? ['next'] : []),
      work: async (_key, lease, signal) => {
        for (let row = await this.next(); row && !signal.aborted; row = await this.next()) await this.carryOut(row, lease, signal);
      },
    });
    this.service.events.on('changed', () => held.wake());
  }

  private async next(): Promise<ArchiveTaskRow | undefined> {
    const [row] = await this.database.query<ArchiveTaskRow>(
      `SELECT *, to_char(first_day, 'YYYY-MM-DD') AS first_day, to_char(last_day, 'YYYY-MM-DD') AS last_day FROM archive_task WHERE state IN ('pending', 'running') ORDER BY number LIMIT 1`);
    return row;
  }

  private async carryOut(row: ArchiveTaskRow, lease: Lease, signal: AbortSignal): Promise<void> {
    const kept = new Set(await this.partitions.kept());
    const findings = [...row.findings];
    for (const day of daysBetween(row.first_day, row.last_day).slice(row.days_done)) {
      signal.throwIfAborted();
      const message = await this.day(row.type, day, kept.has(day), lease).catch((error: unknown) => {
        if (error instanceof LeaseLost || signal.aborted) throw error;
        this.logger.warn('a task of the archive found a fault', { task: row.id, day, error: describeError(error) });
        const fault = faultOf(error);
        return `${fault.message} ${fault.remedy} [${fault.code}]`;
      });
      if (message !== undefined) findings.push({ day, message });
      await this.save(lease, row.id, `UPDATE archive_task SET state = 'running', days_done = days_done + 1, findings = $2 WHERE id = $1`, JSON.stringify(findings));
    }
    const failed = row.type === 'restore' && findings.length > 0;
    await this.save(lease, row.id, `UPDATE archive_task SET state = $2, error = $3, finished_at = now() WHERE id = $1`,
      failed ? 'failed' : 'completed', failed ? `${findings.length} days could not be restored.` : null);
  }

  /** @returns what is wrong with the day */
  private async day(type: ArchiveTaskRow['type'], day: string, kept: boolean, lease: Lease): Promise<string | undefined> {
    const archived = (await this.days.of(day)).filter((row) => row.manifest !== null);
    if (type === 'restore') {
      // The log has what is in it already; what left it before has a row of its own.
      const gone = archived.filter((row) => !kept || row.state === 'dropped');
      if (gone.length === 0) return kept ? 'The log has the day still; search it there.' : 'The archive does not have this day.';
      await this.restored.restore(lease, day, gone.map((row) => row.manifest!));
      return undefined;
    }
    for (const { manifest } of archived) await this.archive.verify(manifest!);
    if (archived.length > 0) return undefined;
    return kept ? 'The day is not archived yet.' : 'The archive does not have this day.';
  }

  private async save(lease: Lease, id: string, sql: string, ...parameters: unknown[]): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      await tx.query(sql, [id, ...parameters]);
    });
  }
}
