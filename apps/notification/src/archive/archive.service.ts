import { EventEmitter } from 'node:events';
import type { ArchiveDay, ArchiveTask, ArchiveTaskSpec, Page, PageQuery } from '@heddle/contracts';
import { AuditTrail, Clock, Database, Ids, Invalid, NotFound, Unavailable, currentContext, dayOf, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { EventPartitions } from '../event-log/event-partitions.ts';
import { Archive } from './archive.ts';
import { type ArchiveTaskRow, daysBetween, taskView } from './archive-task-row.ts';
import { EventDays } from './event-days.ts';
import { RestoredDays } from './restored-days.ts';

/** Days of one task; more are for another one. */
const MOST_DAYS = 366;

/** The archive as people see it: its days, and the tasks that they give. */
@Injectable()
export class ArchiveService {
  /** `changed` after each commit that added a task. */
  readonly events = new EventEmitter();

  constructor(
    private readonly database: Database, private readonly partitions: EventPartitions, private readonly days: EventDays, private readonly restored: RestoredDays,
    private readonly archive: Archive, private readonly ids: Ids, private readonly clock: Clock, private readonly audit: AuditTrail,
  ) {}

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<ArchiveDay>> {
    const [rows, kept, restored] = await Promise.all([this.days.all(), this.partitions.kept(), this.restored.until()]);
    const today = dayOf(this.clock.now());
    const log = (day: string): ArchiveDay['log'] => (kept.includes(day) ? 'kept' : restored.has(day) ? 'restored' : 'dropped');
    const known = rows.map((row): ArchiveDay & { key: string } => ({
      key: `${row.day}.${row.first_position.padStart(19, '0')}`, day: row.day, state: row.state === 'dropped' && row.manifest ? 'archived' : row.state,
      log: log(row.day), manifest: row.manifest, error: row.error, restoredUntil: restored.get(row.day)?.toISOString() ?? null,
    }));
    // One that is kept and was known before is the same day, unless it left the log and was begun again.
    const unknown = kept.filter((day) => day <= today && !rows.some((row) => row.day === day && row.state !== 'dropped'))
      .map((day) => ({ key: `${day}.~`, day, state: day === today ? 'open' as const : 'waiting' as const, log: 'kept' as const, manifest: null, error: null, restoredUntil: null }));
    const all = [...known, ...unknown].sort((left, right) => (left.key < right.key ? 1 : -1)).filter(({ key }) => cursor === undefined || key < cursor);
    const page = all.slice(0, limit);
    return { items: page.map(({ key: _, ...day }) => day), next: all.length > limit ? page.at(-1)!.key : null };
  }

  async create(spec: ArchiveTaskSpec): Promise<ArchiveTask> {
    if (!this.archive.store) throw new Unavailable({ code: 'BUS-075', message: 'There is no archive.', remedy: 'Name one by HEDDLE_ARCHIVE of notification.' });
    const lastDay = spec.lastDay ?? spec.firstDay;
    const days = daysBetween(spec.firstDay, lastDay).length;
    if (days < 1 || days > MOST_DAYS) throw new Invalid({ code: 'VAL-003', message: `From ${spec.firstDay} to ${lastDay} are ${days} days.`, remedy: `Name 1 to ${MOST_DAYS} days, the first one first.`, errors: [{ field: 'lastDay', message: `must be 0 to ${MOST_DAYS - 1} days after the first` }] });
    return this.database.transaction(async (tx) => {
      const [row] = await rowsOf<ArchiveTaskRow>(tx,
        `INSERT INTO archive_task (id, type, first_day, last_day, state, reason, actor) VALUES ($1, $2, $3, $4, 'pending', $5, $6)
         RETURNING *, to_char(first_day, 'YYYY-MM-DD') AS first_day, to_char(last_day, 'YYYY-MM-DD') AS last_day`,
        [this.ids.uuid(), spec.type, spec.firstDay, lastDay, spec.reason, currentContext()?.actor ?? null]);
      await this.audit.append(tx, { action: `archive.${spec.type}`, subject: `archive/${spec.firstDay}..${lastDay}`, outcome: 'done', details: { task: row!.id, reason: spec.reason } });
      onCommit(tx, () => this.events.emit('changed'));
      return taskView(row!);
    });
  }

  async tasks({ limit, cursor }: PageQuery): Promise<Page<ArchiveTask>> {
    if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }] });
    const rows = await this.database.query<ArchiveTaskRow>(
      `SELECT *, to_char(first_day, 'YYYY-MM-DD') AS first_day, to_char(last_day, 'YYYY-MM-DD') AS last_day FROM archive_task WHERE number < $1::bigint ORDER BY number DESC LIMIT $2`, [cursor ?? '9223372036854775807', limit + 1]);
    return { items: rows.slice(0, limit).map(taskView), next: rows.length > limit ? rows[limit - 1]!.number : null };
  }

  async task(id: string): Promise<ArchiveTask> {
    const [row] = await this.database.query<ArchiveTaskRow>(`SELECT *, to_char(first_day, 'YYYY-MM-DD') AS first_day, to_char(last_day, 'YYYY-MM-DD') AS last_day FROM archive_task WHERE id = $1`, [id]);
    if (!row) throw new NotFound({ code: 'STATE-063', message: `There is no task ${id} of the archive.`, remedy: 'List the tasks and use an id of these.' });
    return taskView(row);
  }
}
