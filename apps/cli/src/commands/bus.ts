import type { MeshBus } from '@heddle/contracts';
import type { Command } from 'commander';
import { renderTable } from '../output/render-table.ts';
import { type Surroundings, openSession } from './session.ts';

/** `heddle bus` */
export function addBusCommands(program: Command, around: Surroundings): void {
  program.command('bus').description('the message bus: connections, queues, outboxes, failures and alerts; exit code 1 when a service is down or an alert fires')
    .option('--all', 'also queues in which nothing waits')
    .action(async (options: { all?: boolean }, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const bus = await client.get<MeshBus>('bus');
      printer.one(bus, () => renderBus(bus, options.all ?? false));
      if (bus.unreachable.length > 0 || bus.services.some(({ alerts }) => alerts.length > 0)) exit(1);
    });
}

function renderBus({ services, unreachable }: MeshBus, all: boolean): string {
  const queues = services.flatMap((service) => service.queues.map((queue) => ({ ...queue, seenBy: service.service })))
    // What the gateway sees of a service is of use where the service does not answer for itself.
    .filter((queue, _, list) => queue.seenBy !== 'gateway' || !list.some((other) => other.queue === queue.queue && other.seenBy !== 'gateway'))
    .filter((queue) => all || queue.messages !== 0 || queue.consumers === 0);
  return [
    renderTable(services, [
      { title: 'service', of: (s) => s.service }, { title: 'broker', of: (s) => (s.broker ? `${s.broker.product} ${s.broker.version}` : null) },
      { title: 'connections', of: (s) => s.connections.map(({ name, connected, fault }) => (connected && fault === null ? name : `${name}: ${fault ?? 'down'}`)).join(', ') },
      { title: 'outbox', of: (s) => s.outbox?.messages }, { title: 'held', of: (s) => s.outbox?.held }, { title: 'oldest', of: (s) => (s.outbox ? `${Math.round(s.outbox.oldestSeconds)}s` : null) },
      { title: 'parked', of: (s) => s.parked }, { title: 'dead', of: (s) => s.dead }, { title: 'alerts', of: (s) => s.alerts.length },
    ]),
    ...unreachable.map(({ service, reason, remedy }) => `✗ ${service}: ${reason} ${remedy}`),
    '',
    queues.length === 0 ? 'Nothing waits in the queues.' : renderTable(queues, [
      { title: 'queue', of: (q) => q.queue }, { title: 'messages', of: (q) => q.messages ?? '?' }, { title: 'consumers', of: (q) => q.consumers ?? '?' },
      { title: 'oldest', of: (q) => (q.lagSeconds === null ? '?' : `${Math.round(q.lagSeconds)}s`) },
    ]),
    ...services.flatMap(({ service, heldMessages = [] }) => heldMessages.map((held) => `! ${service} holds back ${held.type} ${held.messageId}: ${held.reason}, came back ${held.attempts} times, next try ${held.nextTryAt}${held.key === null ? '' : `\n    ${held.waiting} more of the key ${held.key} wait behind it`}`)),
    ...services.flatMap(({ topologyDifferences }) => topologyDifferences.map(({ entity, reason, remedy }) => `! ${entity} differs: ${reason}\n    ${remedy}`)),
    ...services.flatMap(({ alerts }) => alerts.map(({ severity, service, alert, summary, since, remedy }) => `${severity === 'critical' ? '✗' : '!'} ${service} ${alert}: ${summary} (since ${since})\n    ${remedy}`)),
  ].join('\n');
}
