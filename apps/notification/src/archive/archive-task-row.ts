import type { Actor, ArchiveTask } from '@heddle/contracts';
import { nextDay } from '../event-log/event-partitions.ts';

/** A row of the table, its days as text. */
export interface ArchiveTaskRow {
  id: string; number: string; type: ArchiveTask['type']; first_day: string; last_day: string; state: ArchiveTask['state']; days_done: number;
  findings: ArchiveTask['findings']; error: string | null; reason: string; actor: Actor | null; created_at: Date; finished_at: Date | null;
}

export function taskView(row: ArchiveTaskRow): ArchiveTask {
  return {
    id: row.id, type: row.type, firstDay: row.first_day, lastDay: row.last_day, state: row.state, days: daysBetween(row.first_day, row.last_day).length, daysDone: row.days_done,
    findings: row.findings, error: row.error, reason: row.reason, actor: row.actor, createdAt: row.created_at.toISOString(), finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

/** Both ends included; none when the last is before the first. At most a good century. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last && days.length < 40_000; day = nextDay(day)) days.push(day);
  return days;
}
