import type { AlertDetail, AlertOutcome, AlertView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderAge } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';

interface ListOptions { fabric?: string; state?: string; severity?: string; type?: string; all?: boolean }

/** `heddle alerts …` */
export function addAlertCommands(program: Command, around: Surroundings): void {
  const alerts = program.command('alerts').description('what a person should know: one alert for one cause');

  alerts.command('list', { isDefault: true }).description('list the alerts that hold and are told').option('--fabric <fabric>', 'of one fabric').option('--state <state>', 'active, acknowledged, suppressed, resolved or reopened')
    .option('--severity <severity>', 'warning or critical').option('--type <type>', 'of one type').option('--all', 'also those that are suppressed or over')
    .action(async ({ all, ...filter }: ListOptions, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const found = await client.all<AlertView>('alerts', { ...filter, ...(!all && filter.state === undefined && { open: 'true' }) });
      printer.list(found, [
        { title: 'id', of: (a) => a.id }, { title: 'severity', of: (a) => a.severity }, { title: 'state', of: (a) => a.state }, { title: 'type', of: (a) => a.type },
        { title: 'fabrics', of: (a) => a.fabrics.map(({ name }) => name).join(', ') }, { title: 'objects', of: (a) => a.objectCount }, { title: 'age', of: (a) => renderAge(a.firstSeenAt) }, { title: 'summary', of: (a) => a.summary },
      ], 'No alerts.');
    });

  alerts.command('get <alert>').description('show an alert, what it is about and its history').action(async (id: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.get<AlertDetail>(`alerts/${encodeURIComponent(id)}`), renderAlert);
  });

  for (const [name, description] of [['acknowledge', 'say that somebody looks after it'], ['resolve', 'say that it is over; it is reopened if it still holds']] as const) {
    alerts.command(`${name} <alerts...>`).description(description).requiredOption('--reason <reason>', 'why')
      .action((ids: string[], { reason }: { reason: string }, command: Command) => change(command, around, { alertIds: ids, action: name, reason }));
  }
  alerts.command('suppress <alerts...>').description('tell nothing of it until a time').requiredOption('--until <time>', 'ISO 8601, as 2026-01-31T06:00:00Z').requiredOption('--reason <reason>', 'why')
    .action((ids: string[], { until, reason }: { until: string; reason: string }, command: Command) => change(command, around, { alertIds: ids, action: 'suppress', reason, until }));
}

async function change(command: Command, around: Surroundings, body: object): Promise<void> {
  const { client, printer } = await openSession(command, around);
  const { items } = await client.post<{ items: AlertOutcome[] }>('alerts/bulk', body);
  printer.list(items, [{ title: 'id', of: (o) => o.id }, { title: 'outcome', of: (o) => o.outcome }, { title: 'state', of: (o) => o.state ?? '' }, { title: 'message', of: (o) => o.message }], 'Nothing to do.');
  if (items.some(({ outcome }) => outcome === 'refused')) around.exit(1);
}

function renderAlert(alert: AlertDetail): string {
  return [
    `${alert.severity} ${alert.type}: ${alert.state}, seen ${alert.count} time(s), first ${alert.firstSeenAt}, last ${alert.lastSeenAt}`, alert.summary, `  ${alert.remedy}`,
    ...(alert.causeId ? [`  explained by alert ${alert.causeId}`] : []), ...(alert.suppressedUntil ? [`  suppressed until ${alert.suppressedUntil}`] : []),
    ...(alert.fabrics.length > 0 ? [`  fabrics: ${alert.fabrics.map(({ name }) => name).join(', ')}`] : []),
    ...(alert.objects.length > 0 ? [`  objects (${alert.objectCount}): ${alert.objects.map(({ kind, name }) => `${kind}/${name}`).join(', ')}`] : []),
    ...alert.history.map(({ at, from, to, actor, reason }) => `  ${at} ${from ?? '-'} → ${to} by ${actorName(actor)}: ${reason}`),
  ].join('\n');
}
