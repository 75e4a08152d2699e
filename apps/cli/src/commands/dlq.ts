import type { DeadLetter, DeadLetterGroup, DeadLetterProgress, DeadLetterSummary, EditedDeadLetter } from '@heddle/contracts';
import type { Command } from 'commander';
import { renderAge, short } from '../output/render-table.ts';
import { addFilterOptions, filterAt, type FilterOptions, isFiltered, parseLetter } from './dlq-filter.ts';
import { readEdit } from './dlq-edit.ts';
import { LIMIT_TEXT, printUpTo } from './print-up-to.ts';
import { openSession, type Session, type Surroundings } from './session.ts';

interface ManyOptions extends FilterOptions { yes?: boolean; reason?: string }

/** `heddle dlq …` */
export function addDlqCommands(program: Command, around: Surroundings): void {
  const dlq = program.command('dlq').description('messages that services gave up: list, group, read, replay, edit, discard');

  addFilterOptions(dlq.command('list').description('list dead letters, the latest failure first')).option('--state <state>', 'dead, replayed, edited or discarded', 'dead').option('--limit <n>', LIMIT_TEXT)
    .action(async (options: FilterOptions & { state: string; limit?: string }, command: Command) => {
      const session = await openSession(command, around);
      await printUpTo<DeadLetterSummary>(session, 'dead-letters', { ...await filterAt(session.client, options), state: options.state }, options.limit, [
        { title: 'letter', of: nameOf }, { title: 'type', of: (l) => l.type }, { title: 'reason', of: (l) => l.reason }, { title: 'cause', of: (l) => l.cause },
        { title: 'tries', of: (l) => l.attempts }, { title: 'age', of: (l) => renderAge(l.lastFailedAt) }, { title: 'message', of: (l) => short(l.message) },
      ], 'No dead letters.');
    });

  addFilterOptions(dlq.command('groups').description('count dead letters by cause'))
    .action(async (options: FilterOptions, command: Command) => {
      const { client, printer } = await openSession(command, around);
      printer.list(await client.all<DeadLetterGroup>('dead-letters/groups', await filterAt(client, options)), [
        { title: 'cause', of: (g) => g.cause }, { title: 'count', of: (g) => g.count }, { title: 'consumer', of: (g) => g.consumer }, { title: 'type', of: (g) => g.type }, { title: 'reason', of: (g) => g.reason },
        { title: 'first', of: (g) => renderAge(g.firstFailedAt) }, { title: 'last', of: (g) => renderAge(g.lastFailedAt) }, { title: 'message', of: (g) => short(g.pattern) },
      ], 'No dead letters.');
    });

  dlq.command('show <letter>').description('show a dead letter (service/id) with its headers, stack and body').action(async (letter: string, _options, command: Command) => {
    const { client, printer } = await openSession(command, around);
    printer.one(await client.get<DeadLetter>(pathOf(letter)), renderLetter);
  });

  many(dlq.command('replay [letters...]').description('handle dead letters once more: by name (service/id), or by filter; exit code 1 when one fails or can not be'))
    .action(async (letters: string[], options: ManyOptions, command: Command) => {
      await onMany(await openSession(command, around), around, 'replay', letters, options, {});
    });

  dlq.command('edit <letter>').description('put a message with other data in the place of a dead letter; opens $EDITOR, or takes --file').option('--file <path>', 'JSON of the data; - for standard input').option('--type <type>', 'type of the message, where it can not be read')
    .action(async (letter: string, options: { file?: string; type?: string }, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const data = await readEdit(around.env, options.file, () => client.get<DeadLetter>(pathOf(letter)));
      if (data === undefined) return printer.line('Nothing was changed; the dead letter is as it was.');
      const edited = await client.post<EditedDeadLetter>(`${pathOf(letter)}/edit`, { data, ...(options.type !== undefined && { type: options.type }) });
      printer.one(edited, (e) => `message ${e.messageId} is ${e.outcome}: ${e.message}`);
      if (edited.outcome === 'dead') exit(1);
    });

  many(dlq.command('discard [letters...]').description('give dead letters up for good: by name (service/id), or by filter')).requiredOption('--reason <text>', 'why; kept with each of them')
    .action(async (letters: string[], options: ManyOptions, command: Command) => {
      await onMany(await openSession(command, around), around, 'discard', letters, options, { reason: options.reason });
    });
}

function many(command: Command): Command {
  return addFilterOptions(command).option('-y, --yes', 'do it by filter without showing first what it concerns');
}

/** By name in one request; by filter chunk by chunk, to the end. */
async function onMany(session: Session, around: Surroundings, verb: 'replay' | 'discard', letters: readonly string[], options: ManyOptions, more: object): Promise<void> {
  if ((letters.length > 0) === isFiltered(options)) throw new Error(`Name dead letters (service/id), or give a filter, to ${verb}; not both.`);
  if (letters.length > 0) return finish(session, await session.client.post<DeadLetterProgress>(`dead-letters/${verb}`, { letters: letters.map(parseLetter), ...more }));
  const filter = await filterAt(session.client, options);
  if (!options.yes && !await confirmed(session, around, verb, filter)) return;
  const total: DeadLetterProgress = { done: 0, failed: 0, skipped: 0, remaining: 0, outcomes: [], unreachable: [], next: null };
  for (;;) {
    const chunk: DeadLetterProgress = await session.client.post('dead-letters/' + verb, { filter, ...more, ...(total.next !== null && { cursor: total.next }) });
    for (const count of ['done', 'failed', 'skipped'] as const) total[count] += chunk[count];
    Object.assign(total, { remaining: chunk.remaining, unreachable: chunk.unreachable, next: chunk.next });
    total.outcomes.push(...chunk.outcomes);
    // A service that is down would be asked for ever.
    if (chunk.next === null || (chunk.done + chunk.failed + chunk.skipped === 0)) return finish(session, total);
    if (session.printer.format === 'table') session.printer.line(`${total.done} done, ${total.failed} failed, ${total.skipped} skipped, ${chunk.remaining} to go`);
  }
}

async function confirmed({ client, printer, exit }: Session, around: Surroundings, verb: string, filter: object): Promise<boolean> {
  const groups = await client.all<DeadLetterGroup>('dead-letters/groups', { ...filter });
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  if (count === 0) {
    printer.line('No dead letters.');
    return false;
  }
  for (const group of groups) around.ask?.tell(`  ${group.count} of ${group.consumer}: ${group.reason} ${short(group.pattern)}`);
  if (!around.ask) throw new Error(`That would ${verb} ${count} dead letters. Add --yes to do it without being asked.`);
  if (/^y(es)?$/i.test(await around.ask.question(`${verb} ${count} dead letters? [y/N] `))) return true;
  printer.line('Nothing was done.');
  exit(1);
  return false;
}

function finish({ printer, exit }: Session, progress: DeadLetterProgress): void {
  printer.one(progress, ({ done, failed, skipped, outcomes, unreachable }) => [
    ...outcomes.filter(({ outcome }) => outcome !== 'done').map(({ service, id, outcome, message }) => `${service}/${id} ${outcome}: ${message}`),
    ...unreachable.map(({ service, message }) => `${service} was not reached: ${message}`),
    `${done} done, ${failed} failed, ${skipped} skipped.`,
  ].join('\n'));
  if (progress.failed + progress.skipped + progress.unreachable.length > 0) exit(1);
}

function nameOf({ service, id }: { service: string; id: string }): string {
  return `${service}/${id}`;
}

function pathOf(letter: string): string {
  const { service, id } = parseLetter(letter);
  return `dead-letters/${encodeURIComponent(service)}/${encodeURIComponent(id)}`;
}

function renderLetter(l: DeadLetter): string {
  const content = l.body.encoding === 'json' ? JSON.stringify(l.body.content, null, 2) : String(l.body.content);
  return [
    `${nameOf(l)}: ${l.state}${l.closedBy ? ` by ${l.closedBy.name ?? l.closedBy.id} ${renderAge(l.closedAt)} ago` : ''}${l.note ? `: ${l.note}` : ''}${l.replacedBy ? `, replaced by message ${l.replacedBy}` : ''}`,
    `  message   ${l.messageId} of type ${l.type}${l.source ? ` from ${l.source}` : ''}, ${l.size} bytes`,
    `  consumer  ${l.consumer}`,
    `  reason    ${l.reason}: ${l.message}`,
    `  cause     ${l.cause}`,
    `  failed    ${l.attempts} times, first ${l.firstFailedAt}, last ${l.lastFailedAt}`,
    ...(l.fabricId ? [`  fabric    ${l.fabricId}`] : []),
    ...(l.correlationId ? [`  correlation ${l.correlationId}`] : []),
    ...(l.orderingKey ? [`  key       ${l.orderingKey}, ${l.waiting} waiting${l.holdsKey ? ', held until this is closed' : ''}`] : []),
    ...(Object.keys(l.headers).length > 0 ? [`  headers   ${JSON.stringify(l.headers)}`] : []),
    ...(l.stack ? ['  stack', ...l.stack.split('\n').map((line) => `    ${line.trim()}`)] : []),
    `  body${l.body.note ? ` (${l.body.note})` : ''}`,
    ...content.split('\n').map((line) => `    ${line}`),
  ].join('\n');
}
