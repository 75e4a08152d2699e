import { setTimeout as delay } from 'node:timers/promises';
import type { ReplayView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderAge } from '../output/render-table.ts';
import { LIMIT_TEXT, printUpTo } from './print-up-to.ts';
import { type Session, type Surroundings, openSession } from './session.ts';

const EVERY_MS = 500;
const ENDED = new Set(['completed', 'failed', 'cancelled']);

interface StartOptions {
  subscription?: string; queue?: string; from: string; until?: string; type?: string[]; source?: string; fabric?: string; correlation?: string; rate?: string; reason: string; wait: boolean;
}

/** `heddle replay …` */
export function addReplayCommands(program: Command, around: Surroundings): void {
  const replay = program.command('replay').description('send logged events again, to one subscription or queue alone');

  replay.command('start').description('start a replay and follow it')
    .option('--subscription <name>', 'to this webhook subscription').option('--queue <queue>', 'to this consumer queue of a service')
    .requiredOption('--from <time>', 'the first instant, e.g. 2026-01-31T08:00:00Z').option('--until <time>', 'the end; default now')
    .option('--type <type...>', 'event types: exact, fabric.* or *').option('--source <service>').option('--fabric <fabric>').option('--correlation <id>')
    .option('--rate <n>', 'most events in a second').requiredOption('--reason <text>', 'why; for the audit trail').option('--no-wait', 'do not follow it')
    .action(async (options: StartOptions, command: Command) => {
      const session = await openSession(command, around);
      const started = await session.client.post<ReplayView>('replays', bodyOf(options));
      if (!options.wait) return session.printer.one(started, (r) => `replay ${r.id} is ${r.state}`);
      return watchReplay(session, started.id);
    });

  replay.command('list').description('list replays, newest first').option('--state <state>', 'pending, running, completed, failed or cancelled').option('--limit <n>', LIMIT_TEXT)
    .action(async ({ state, limit }: { state?: string; limit?: string }, command: Command) => {
      await printUpTo<ReplayView>(await openSession(command, around), 'replays', { state }, limit, [
        { title: 'id', of: (r) => r.id }, { title: 'to', of: targetOf }, { title: 'state', of: (r) => r.state }, { title: 'sent', of: (r) => r.progress.sent },
        { title: 'scanned', of: (r) => `${r.progress.scanned}/${r.progress.total}` }, { title: 'by', of: (r) => actorName(r.actor) }, { title: 'age', of: (r) => renderAge(r.createdAt) },
      ], 'No replays.');
    });

  replay.command('show <replay>').description('show a replay').action(async (id: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.get<ReplayView>(`replays/${encodeURIComponent(id)}`), renderReplay);
  });

  replay.command('watch <replay>').description('follow a replay to its end').action(async (id: string, _options, command: Command) => {
    await watchReplay(await openSession(command, around), id);
  });

  replay.command('cancel <replay>').description('take back what has not been sent').action(async (id: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.delete<ReplayView>(`replays/${encodeURIComponent(id)}`), (r) => `replay ${r.id} is ${r.state}; ${r.progress.sent} events were sent`);
  });
}

/** Follows a replay to its end, a line for each change; the exit code is 1 unless it completed. */
async function watchReplay({ client, printer, exit }: Session, id: string): Promise<void> {
  for (let shown = ''; ;) {
    const replay = await client.get<ReplayView>(`replays/${encodeURIComponent(id)}`);
    if (ENDED.has(replay.state)) {
      printer.one(replay, renderReplay);
      if (replay.state !== 'completed') exit(1);
      return;
    }
    const line = renderProgress(replay);
    if (printer.format === 'table' && line !== shown) printer.line(line);
    shown = line;
    await delay(EVERY_MS);
  }
}

function bodyOf(options: StartOptions): object {
  if ((options.subscription === undefined) === (options.queue === undefined)) throw new Error('Name the target: either --subscription or --queue');
  const target = options.queue === undefined ? { type: 'subscription', subscription: options.subscription } : { type: 'queue', queue: options.queue };
  const rate = options.rate === undefined ? undefined : Number(options.rate);
  if (rate !== undefined && !Number.isInteger(rate)) throw new Error(`'${options.rate}' is not a number of events in a second`);
  return {
    target, from: options.from, until: options.until, reason: options.reason, eventsPerSecond: rate,
    filter: { types: options.type, source: options.source, fabric: options.fabric, correlationId: options.correlation },
  };
}

function targetOf(replay: ReplayView): string {
  return replay.target.type === 'queue' ? replay.target.queue : `subscription ${replay.target.subscription}`;
}

function renderProgress({ state, message, progress }: ReplayView): string {
  const percent = progress.total === 0 ? 0 : Math.min(100, Math.floor((progress.scanned * 100) / progress.total));
  return `${state.padEnd(9)} ${String(percent).padStart(3)} %  ${progress.scanned} of ${progress.total} looked at, ${progress.sent} sent${progress.estimatedEnd ? `, to end ${progress.estimatedEnd}` : ''}${message ? `  ${message}` : ''}`;
}

function renderReplay(replay: ReplayView): string {
  return [
    `Replay ${replay.id} to ${targetOf(replay)}: ${replay.state}${replay.message ? `: ${replay.message}` : ''}`,
    `  from      ${replay.from} until ${replay.until}${replay.archivedDays > 0 ? `, ${replay.archivedDays} days out of the archive` : ''}`,
    `  filter    ${Object.entries(replay.filter).map(([name, value]) => `${name} ${String(value)}`).join(', ') || 'none'}`,
    `  progress  ${replay.progress.scanned} of ${replay.progress.total} looked at, ${replay.progress.matched} matched, ${replay.progress.sent} sent, at most ${replay.eventsPerSecond} in a second`,
    `  reason    ${replay.reason} (${actorName(replay.actor) ?? 'unknown'})`,
  ].join('\n');
}
