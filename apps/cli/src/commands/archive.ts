import { setTimeout as delay } from 'node:timers/promises';
import type { ArchiveDay, ArchiveTask } from '@heddle/contracts';
import type { Command } from 'commander';
import { LIMIT_TEXT, printUpTo } from './print-up-to.ts';
import { type Session, type Surroundings, openSession } from './session.ts';

const EVERY_MS = 500;

/** `heddle archive …` */
export function addArchiveCommands(program: Command, around: Surroundings): void {
  const archive = program.command('archive').description('old days of the event log: list, verify, restore');

  archive.command('list').description('list the days of the event log, newest first').option('--limit <n>', LIMIT_TEXT).action(async ({ limit }: { limit?: string }, command: Command) => {
    await printUpTo<ArchiveDay>(await openSession(command, around), 'archive/days', {}, limit, [
      { title: 'day', of: (d) => d.day }, { title: 'archive', of: (d) => d.state }, { title: 'log', of: (d) => (d.restoredUntil ? `restored until ${d.restoredUntil}` : d.log) },
      { title: 'events', of: (d) => d.manifest?.events }, { title: 'bytes', of: (d) => d.manifest?.bytes }, { title: 'object', of: (d) => d.manifest?.object }, { title: 'error', of: (d) => d.error },
    ], 'No days.');
  });

  for (const [type, meaning] of [['verify', 'read days back and compare them with their manifests'], ['restore', 'bring days back, to be searched for a while']] as const) {
    archive.command(`${type} <first-day> [last-day]`).description(meaning).requiredOption('--reason <text>', 'why; for the audit trail').option('--no-wait', 'do not follow it')
      .action(async (firstDay: string, lastDay: string | undefined, options: { reason: string; wait: boolean }, command: Command) => {
        const session = await openSession(command, around);
        const task = await session.client.post<ArchiveTask>('archive/tasks', { type, firstDay, lastDay, reason: options.reason });
        if (!options.wait) return session.printer.one(task, (t) => `task ${t.id} is ${t.state}`);
        return watchTask(session, task.id);
      });
  }
}

/** Follows a task to its end; the exit code is 1 when it found something wrong. */
async function watchTask({ client, printer, exit }: Session, id: string): Promise<void> {
  for (let shown = -1; ;) {
    const task = await client.get<ArchiveTask>(`archive/tasks/${encodeURIComponent(id)}`);
    if (printer.format === 'table' && task.daysDone !== shown) printer.line(`${task.daysDone} of ${task.days} days`);
    shown = task.daysDone;
    if (task.state === 'completed' || task.state === 'failed') {
      printer.one(task, (t) => [...t.findings.map((finding) => `✗ ${finding.day}: ${finding.message}`), `${t.type} ${t.state}: ${t.days - t.findings.length} of ${t.days} days are well`].join('\n'));
      if (task.findings.length > 0 || task.state === 'failed') exit(1);
      return;
    }
    await delay(EVERY_MS);
  }
}
