import type { DriftView, OperationView } from '@heddle/contracts';
import type { Command } from 'commander';
import { renderDrift } from '../output/render-diff.ts';
import { renderAge } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';
import { watchOperation } from './watch-operation.ts';

/** `heddle drift …` */
export function addDriftCommands(program: Command, around: Surroundings): void {
  const drift = program.command('drift').description('changes made in a cluster that Git does not have');

  drift.command('list [fabric]').description('list drifts').option('--all', 'also those that are resolved')
    .action(async (fabric: string | undefined, options: { all?: boolean }, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const drifts = (await client.all<DriftView>('drifts', { fabric })).filter((d) => options.all || d.state !== 'resolved');
      printer.one(drifts, (list) => (list.length === 0 ? 'No drift.' : list.map((d) =>
        `${d.id} ${d.kind}/${d.name} ${d.type} ${d.state} ${d.severity} ${renderAge(d.detectedAt)}${d.fields.length > 0 ? `\n${renderDrift(d.fields)}` : ''}`).join('\n')));
    });

  drift.command('revert <drift>').description('put back what Git says').option('--no-wait', 'do not watch it')
    .action(async (id: string, options: { wait: boolean }, command: Command) => {
      const session = await openSession(command, around);
      const operation = await session.client.post<OperationView>(`drifts/${encodeURIComponent(id)}/revert`);
      if (!options.wait) return session.printer.one(operation, (o) => `operation ${o.id} is ${o.state}`);
      return watchOperation(session, operation.id);
    });
}
