import type { FabricView, Finding, ObjectDiff, ResourceDetail, ResourceView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderChanges, renderDrift } from '../output/render-diff.ts';
import { renderAge } from '../output/render-table.ts';
import { parseObject } from './fabric.ts';
import { type Surroundings, openSession } from './session.ts';

/** `heddle get`, `heddle diff`, `heddle findings` */
export function addResourceCommands(program: Command, around: Surroundings): void {
  program.command('get <fabric> [object]').description('list the resources of a fabric, or show one (Kind/name)')
    .option('-k, --kind <kind>').option('-s, --state <state>').option('-t, --text <text>', 'part of the name').option('--conflict', 'only those that Git and the cluster changed differently')
    .action(async (fabric: string, object: string | undefined, options: Record<string, string | boolean | undefined>, command: Command) => {
      const { client, printer } = await openSession(command, around);
      if (object) return printer.one(await client.get<ResourceDetail>(pathOf(fabric, object)), renderResource);
      printer.list(await client.all<ResourceView>(`fabrics/${encodeURIComponent(fabric)}/resources`, { kind: textOf(options['kind']), state: textOf(options['state']), text: textOf(options['text']), conflict: options['conflict'] ? 'true' : undefined, limit: 500 }), [
        { title: 'kind', of: (r) => r.kind }, { title: 'name', of: (r) => r.name }, { title: 'state', of: (r) => r.state }, { title: 'git', of: (r) => r.levels.git },
        { title: 'api server', of: (r) => r.levels.apiServer }, { title: 'switches', of: (r) => r.levels.switches },
        { title: 'reason', of: (r) => r.reason }, { title: 'since', of: (r) => renderAge(r.since) },
      ], 'No resources.');
    });

  program.command('diff <fabric> [object]').description('what differs between Git and the API server after defaulting; exit code 1 when something does')
    .action(async (fabric: string, object: string | undefined, _options, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const named = object ? parseObject(object) : {};
      const { conditions } = await client.get<FabricView>(`fabrics/${encodeURIComponent(fabric)}`);
      // A misspelt name must not look like an object without differences.
      if (object) await client.get<ResourceDetail>(pathOf(fabric, object));
      const differing = await client.all<ObjectDiff>(`fabrics/${encodeURIComponent(fabric)}/diff`, { ...named, limit: 500 });
      printer.one(differing, (list) => [...staleNote(conditions), ...(list.length === 0 ? ['No differences.'] : list.map(renderDifference))].join('\n'));
      if (differing.length > 0) exit(1);
    });

  program.command('findings <fabric>').description('what is wrong with the documents and objects of a fabric')
    .action(async (fabric: string, _options, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const findings = await client.all<Finding>(`fabrics/${encodeURIComponent(fabric)}/findings`, { limit: 500 });
      printer.one(findings, (items) => (items.length === 0 ? 'No findings.' : items.map(renderFinding).join('\n')));
    });
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** On old knowledge a difference may be gone, or not be shown yet. */
function staleNote(conditions: FabricView['conditions']): string[] {
  const live = conditions.find(({ type }) => type === 'WatchesLive');
  return live && live.status !== 'True' ? [`! The cluster may have moved on: ${live.message}`] : [];
}

function renderDifference({ kind, name, action, changes, drifted, conflict }: ObjectDiff): string {
  const what = action === 'create' ? ' (not in the cluster)' : action === 'delete' ? ' (no longer in Git)' : conflict ? ' (CONFLICT: Git and the cluster changed it)' : drifted ? ' (changed in the cluster)' : '';
  return `${kind}/${name}${what}${action === 'delete' ? '' : `\n${renderChanges(changes)}`}`;
}

function pathOf(fabric: string, object: string): string {
  const { kind, name } = parseObject(object);
  return `fabrics/${encodeURIComponent(fabric)}/resources/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

export function renderFinding(finding: Finding): string {
  const where = finding.path ? `${finding.path}${finding.line ? `:${finding.line}` : ''}` : '(cluster)';
  const what = finding.kind ? ` ${finding.kind}/${finding.name ?? '?'}` : '';
  return `${finding.severity === 'error' ? '✗' : '!'} ${where}${what}${finding.field ? ` ${finding.field}` : ''}: ${finding.message} [${finding.rule}]\n    ${finding.remedy}`;
}

function renderStanding({ name, state, carries, wantedGeneration, appliedGeneration, heartbeatAgeSeconds, error }: NonNullable<ResourceDetail['agents']>[number]): string {
  const heartbeat = heartbeatAgeSeconds === null ? 'no heartbeat' : `heartbeat ${heartbeatAgeSeconds} s ago`;
  return `    ${name.padEnd(14)}${state}: carries ${carries}, wanted generation ${wantedGeneration ?? '?'}, applied ${appliedGeneration ?? '?'}, ${heartbeat}${error ? `; ${error}` : ''}`;
}

function renderHops({ seconds }: ResourceDetail['hops']): string[] {
  if (!seconds) return [];
  const took = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);
  return [`  took            commit → stored ${took(seconds.stored)}, → applied ${took(seconds.applied)}, → on switches ${took(seconds.onSwitches)}`];
}

function renderResource(r: ResourceDetail): string {
  return [
    `${r.kind}/${r.name}: ${r.state} (${r.reason}${r.message ? `: ${r.message}` : ''})`,
    `  in Git          ${r.levels.git}${r.path ? ` (${r.path}:${r.line ?? 1})` : ''}`,
    `  in API server   ${r.levels.apiServer}`,
    `  on switches     ${r.levels.switches}${r.switches.length > 0 ? ` (${r.switches.join(', ')})` : ''}`,
    ...(r.agents ?? []).map(renderStanding),
    ...renderHops(r.hops),
    ...(r.diff.length > 0 ? ['  differs:', renderChanges(r.diff)] : []),
    ...(r.drift.length > 0 ? ['  drift:', renderDrift(r.drift)] : []),
    ...r.findings_list.map((finding) => `  ${renderFinding(finding)}`),
    '  history:',
    ...r.history.slice(0, 10).map((h) => `    ${h.at} ${h.from ?? '-'} → ${h.to} ${h.reason}${h.actor ? ` by ${actorName(h.actor)}` : ''}${h.commit ? ` (${h.commit.slice(0, 8)})` : ''}`),
  ].join('\n');
}
