import type { Command } from 'commander';
import { durationOf } from './duration.ts';

export interface DriftFilterOptions { kind?: string; severity?: string; type?: string; manager?: string; text?: string; conflict?: boolean }

/** The options that choose drifts, the same for listing and for judging many. */
export function addDriftFilter(command: Command): Command {
  return command.option('-k, --kind <kind>').option('--severity <severity>', 'low, medium, high or critical').option('--type <type>', 'changed or deleted')
    .option('--manager <manager>', 'a field manager that wrote one of the values').option('-t, --text <text>', 'part of the object\'s name').option('--conflict', 'only those that Git changed as well');
}

export function driftFilter({ kind, severity, type, manager, text, conflict }: DriftFilterOptions): Record<string, string | boolean> {
  return { ...(kind && { kind }), ...(severity && { severity }), ...(type && { type }), ...(manager && { manager }), ...(text && { text }), ...(conflict && { conflict: true }) };
}

/** A time, or how long from now: `2026-08-01T06:00:00Z`, `90m`, `12h`, `3d`. @throws for anything else */
export function untilOf(text: string, now = Date.now()): string {
  const duration = durationOf(text);
  if (duration !== undefined) return new Date(now + duration).toISOString();
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) throw new Error(`'${text}' is no time; write 90m, 12h, 3d or 2026-08-01T06:00:00Z`);
  return at.toISOString();
}
