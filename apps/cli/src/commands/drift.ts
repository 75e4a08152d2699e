import type { DriftView, JudgedDrifts, OperationView, VerdictEntry } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderDrift } from '../output/render-diff.ts';
import { renderAge } from '../output/render-table.ts';
import { addDriftFilter, driftFilter, type DriftFilterOptions, untilOf } from './drift-filter.ts';
import { type Session, type Surroundings, openSession } from './session.ts';
import { watchOperation } from './watch-operation.ts';

type BulkOptions = DriftFilterOptions & { all?: string; reason?: string };

/** `heddle drift …` */
export function addDriftCommands(program: Command, around: Surroundings): void {
  const drift = program.command('drift').description('changes made in a cluster that Git does not have');

  addDriftFilter(drift.command('list [fabric]').description('list drifts')).option('--all', 'also those that are resolved').option('-s, --state <state>', 'open, reverting, snoozed or resolved')
    .action(async (fabric: string | undefined, options: DriftFilterOptions & { all?: boolean; state?: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const filter = Object.fromEntries(Object.entries(driftFilter(options)).map(([name, value]) => [name, String(value)]));
      const drifts = (await client.all<DriftView>('drifts', { fabric, state: options.state, ...filter })).filter((d) => options.all || options.state || d.state !== 'resolved');
      printer.one(drifts, (list) => (list.length === 0 ? 'No drift.' : list.map(renderDriftEntry).join('\n')));
    });

  drift.command('show <drift>').description('show a drift and what was decided about it').action(async (id: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    const found = await client.get<DriftView>(`drifts/${encodeURIComponent(id)}`);
    const verdicts = await client.all<VerdictEntry>('drifts/verdicts', { drift: id });
    printer.one({ ...found, verdicts }, (shown) => [renderDriftEntry(shown), ...shown.verdicts.map(renderVerdict)].join('\n'));
  });

  addDriftFilter(drift.command('revert [drifts...]').description('put back what Git says; many at once by ids, or by --all with filters'))
    .option('--all <fabric>', 'all open drifts of the fabric that the filters leave').option('--reason <text>').option('--no-wait', 'do not watch it')
    .action(async (ids: string[], options: BulkOptions & { wait: boolean }, command: Command) => {
      const session = await openSession(command, around);
      if (ids.length === 1 && !options.all) {
        const operation = await session.client.post<OperationView>(`drifts/${encodeURIComponent(ids[0]!)}/revert`, options.reason ? { reason: options.reason } : {});
        if (!options.wait) return session.printer.one(operation, (o) => `operation ${o.id} is ${o.state}`);
        return watchOperation(session, operation.id);
      }
      return judgeMany(session, ids, options, { verdict: 'revert' });
    });

  addDriftFilter(drift.command('snooze [drifts...]').description('let drifts be until a time, or until their fields change'))
    .option('--all <fabric>', 'all open drifts of the fabric that the filters leave').requiredOption('--until <time>', '90m, 12h, 3d or a time such as 2026-08-01T06:00:00Z').requiredOption('--reason <text>')
    .action(async (ids: string[], options: BulkOptions & { until: string }, command: Command) => {
      const session = await openSession(command, around);
      return judgeMany(session, ids, options, { verdict: 'snooze', until: untilOf(options.until) });
    });

  drift.command('history [fabric]').description('who decided what about drifts, and why').option('-k, --kind <kind>').option('-n, --name <name>', 'name of the object').option('--drift <id>')
    .action(async (fabric: string | undefined, options: { kind?: string; name?: string; drift?: string }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const entries = await client.all<VerdictEntry>('drifts/verdicts', { fabric, ...options, limit: 500 });
      printer.one(entries, (list) => (list.length === 0 ? 'Nothing was decided.' : list.map(renderVerdict).join('\n')));
    });
}

/** Exit code 1 when any of them was refused. */
async function judgeMany({ client, printer, exit }: Session, ids: readonly string[], { all, reason, ...options }: BulkOptions, verdict: { verdict: string; until?: string }): Promise<void> {
  if ((ids.length === 0) === (all === undefined)) throw new Error('Name drifts by their ids, or give --all <fabric> with filters.');
  const result = await client.post<JudgedDrifts>('drifts/verdicts', { ...verdict, ...(reason && { reason }), ...(all === undefined ? { ids } : { filter: { fabric: all, ...driftFilter(options) } }) });
  printer.one(result, ({ items, more }) => [
    ...items.map((item) => `${item.driftId} ${item.kind ?? '?'}/${item.name ?? '?'} ${item.outcome}${item.operationId ? ` (operation ${item.operationId})` : ''}${item.message ? `: ${item.message} [${item.code}]\n    ${item.remedy}` : ''}`),
    ...(items.length === 0 ? ['No drift.'] : []), ...(more ? ['There are more: ask again.'] : []),
  ].join('\n'));
  if (result.items.some(({ outcome }) => outcome === 'refused')) exit(1);
}

function renderDriftEntry(d: DriftView): string {
  const notes = [d.conflict && 'CONFLICT: Git changed it as well', d.state === 'snoozed' && `until ${d.snoozedUntil}: ${d.snoozeReason}`, d.policy === 'observe_only' && 'observed only', d.resolution && `${d.resolution}`].filter(Boolean);
  return `${d.id} ${d.kind}/${d.name} ${d.type} ${d.state} ${d.severity} ${renderAge(d.detectedAt)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}${d.fields.length > 0 ? `\n${renderDrift(d.fields)}` : ''}`;
}

function renderVerdict(v: VerdictEntry): string {
  return `${v.at} ${v.verdict.padEnd(6)} ${v.kind}/${v.name} by ${actorName(v.actor)}${v.reason ? `: ${v.reason}` : ''}${v.until ? ` (until ${v.until})` : ''}${v.operationId ? ` (operation ${v.operationId})` : ''}`;
}
