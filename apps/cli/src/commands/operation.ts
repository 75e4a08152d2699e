import type { OperationSummary, OperationView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderAge } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';
import { watchOperation } from './watch-operation.ts';

/** `heddle operation …` */
export function addOperationCommands(program: Command, around: Surroundings): void {
  const operation = program.command('operation').description('operations: list, watch, cancel');

  operation.command('list [fabric]').description('list operations, newest first').action(async (fabric: string | undefined, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    const page = await client.get<{ items: OperationSummary[] }>('operations', { fabric, limit: 50 });
    printer.list(page.items, [
      { title: 'id', of: (o) => o.id }, { title: 'no', of: (o) => o.number }, { title: 'type', of: (o) => o.type }, { title: 'trigger', of: (o) => o.trigger },
      { title: 'state', of: (o) => o.state }, { title: 'waits for', of: (o) => o.wait?.owner ?? o.wait?.reason }, { title: 'done', of: (o) => `${o.counts.done}/${o.counts.total}` },
      { title: 'by', of: (o) => actorName(o.actor) }, { title: 'age', of: (o) => renderAge(o.createdAt) },
    ], 'No operations.');
  });

  operation.command('watch <operation>').description('follow an operation to its end').action(async (id: string, _options, command: Command) => {
    await watchOperation(await openSession(command, around), id);
  });

  operation.command('cancel <operation>').description('take back what has not been sent yet').action(async (id: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.post<OperationView>(`operations/${encodeURIComponent(id)}/cancel`), (o) => `operation ${o.number} is ${o.state}`);
  });
}
