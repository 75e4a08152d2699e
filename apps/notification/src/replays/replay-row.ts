import type { Actor, EventFilter, ReplayState, ReplayTarget, ReplayView } from '@heddle/contracts';
import type { ReplaySegment } from './plan-replay.ts';

/** A row of the table, as the driver gives it. */
export interface ReplayRow {
  id: string; number: string; target: ReplayTarget & { subscriptionId?: string }; filter: EventFilter; from_at: Date; until_at: Date; events_per_second: number;
  reason: string; actor: Actor | null; state: ReplayState; message: string; segments: ReplaySegment[]; segment: number; position: string;
  total: string; scanned: string; matched: string; sent: string; created_at: Date; started_at: Date | null; finished_at: Date | null;
}

export function viewOf(row: ReplayRow, now: Date): ReplayView {
  const { subscriptionId: _, ...target } = row.target;
  return {
    id: row.id, number: Number(row.number), target: target as ReplayTarget, filter: row.filter, from: row.from_at.toISOString(), until: row.until_at.toISOString(),
    eventsPerSecond: row.events_per_second, reason: row.reason, actor: row.actor, state: row.state, message: row.message,
    archivedDays: row.segments.filter(({ type }) => type === 'archive').length,
    progress: {
      total: Number(row.total), scanned: Number(row.scanned), matched: Number(row.matched), sent: Number(row.sent), position: row.position,
      estimatedEnd: estimatedEnd(row, now)?.toISOString() ?? null,
    },
    createdAt: row.created_at.toISOString(), startedAt: row.started_at?.toISOString() ?? null, finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

/** When it ends if it goes on as fast as it has until now. */
export function estimatedEnd(row: Pick<ReplayRow, 'state' | 'started_at' | 'scanned' | 'total'>, now: Date): Date | undefined {
  const [scanned, total] = [Number(row.scanned), Number(row.total)];
  if (row.state !== 'running' || !row.started_at || scanned === 0) return undefined;
  const elapsed = Math.max(0, now.getTime() - row.started_at.getTime());
  return new Date(now.getTime() + (elapsed / scanned) * Math.max(0, total - scanned));
}
