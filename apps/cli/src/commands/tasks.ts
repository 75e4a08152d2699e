import { DEAD_LETTER_SERVICES as SERVICES, type TaskDetail, type TaskView } from '@heddle/contracts';
import type { Command } from 'commander';
import { actorName } from '../output/actor-name.ts';
import { renderAge, short } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';

interface ListOptions { service?: string; queue?: string; state?: string; type?: string }

/** `heddle tasks …` */
export function addTaskCommands(program: Command, around: Surroundings): void {
  const tasks = program.command('tasks').description('work that the services do by themselves');

  tasks.command('list').description('list tasks, the newest first').option('--service <service>', `of one service: ${SERVICES.join(', ')}; default all`)
    .option('--queue <queue>', 'of one queue: scheduler, git, kubernetes, micro, orchestration').option('--state <state>', 'waiting, running, done, failed or cancelled').option('--type <type>', 'of one type')
    .action(async ({ service, ...filter }: ListOptions, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const lists = await Promise.all((service === undefined ? SERVICES : [service]).map((name) => client.all<TaskView>(`tasks/${encodeURIComponent(name)}`, { ...filter, limit: 500 })));
      printer.list(lists.flat().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)), [
        { title: 'id', of: (t) => t.id }, { title: 'service', of: (t) => t.service }, { title: 'queue', of: (t) => t.queue }, { title: 'type', of: (t) => t.type }, { title: 'priority', of: (t) => t.priority },
        { title: 'state', of: (t) => t.state }, { title: 'attempt', of: (t) => t.attempt }, { title: 'reason', of: (t) => t.reason }, { title: 'by', of: (t) => actorName(t.closedBy) }, { title: 'age', of: (t) => renderAge(t.createdAt) },
        { title: 'message', of: (t) => short(t.message) },
      ], 'No tasks.');
    });

  tasks.command('get <service> <task>').description('show a task and its attempts').action(async (service: string, task: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.get<TaskDetail>(pathOf(service, task)), renderTask);
  });

  for (const [name, description] of [['retry', 'try a task again that failed or was cancelled'], ['cancel', 'cancel a task that waits or runs']] as const) {
    tasks.command(`${name} <service> <task>`).description(description).action(async (service: string, task: string, _options, command: Command) => {
      const { client, printer } = await openSession(command, around);
      printer.one(await client.post<TaskDetail>(`${pathOf(service, task)}/${name}`), (t) => `task ${t.id} is ${t.state}`);
    });
  }

  tasks.command('discard <service> <task>').description('close a task that was given up').requiredOption('--reason <text>', 'why; kept with it').action(async (service: string, task: string, { reason }: { reason: string }, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.post<TaskDetail>(`${pathOf(service, task)}/discard`, { reason }), (t) => `task ${t.id} is discarded`);
  });
}

function pathOf(service: string, task: string): string {
  return `tasks/${encodeURIComponent(service)}/${encodeURIComponent(task)}`;
}

function renderTask(task: TaskDetail): string {
  const head = `${task.type} of ${task.service}, queue ${task.queue}, priority ${task.priority}: ${task.state}${task.reason ? ` (${task.reason}: ${task.message})` : ''}${task.closedBy ? ` by ${actorName(task.closedBy)}` : ''}, due ${task.dueAt}`;
  return [head, `payload ${JSON.stringify(task.payload)}`, ...task.tries.map((each) => `attempt ${each.attempt}, ${each.startedAt} to ${each.endedAt}: ${each.outcome}${each.message ? ` ${each.message}` : ''}`)].join('\n');
}
