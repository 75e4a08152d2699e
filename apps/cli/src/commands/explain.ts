import type { Explanation, LevelExplanation } from '@heddle/contracts';
import type { Command } from 'commander';
import { parseObject } from './fabric.ts';
import { type Surroundings, openSession } from './session.ts';

/** `heddle explain` */
export function addExplainCommand(program: Command, around: Surroundings): void {
  program.command('explain <fabric> [object]').description('why a fabric or an object (Kind/name) is not on the switches as Git has it; exit code 1 unless it is')
    .action(async (fabric: string, object: string | undefined, _options, command: Command) => {
      const { client, printer, exit } = await openSession(command, around);
      const { kind, name } = object === undefined ? { kind: '', name: '' } : parseObject(object);
      const of = object === undefined ? '' : `/resources/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
      const explanation = await client.get<Explanation>(`fabrics/${encodeURIComponent(fabric)}${of}/explain`);
      printer.one(explanation, renderExplanation);
      if (!explanation.converged) exit(1);
    });
}

const TITLES: Readonly<Record<LevelExplanation['level'], string>> = { git: 'in Git', valid: 'valid', planned: 'planned', applied: 'applied', switches: 'on the switches' };
const MARKS: Readonly<Record<LevelExplanation['state'], string>> = { reached: '✓', waiting: '…', blocked: '✗', unknown: '?', not_reached: '·', not_applicable: '-' };

/** The cause in one sentence and what to do, then the levels. */
export function renderExplanation({ summary, blocker, levels, agents, notes, operation, objects }: Explanation): string {
  return [
    summary,
    ...(blocker?.remedy ? [`  What to do: ${blocker.remedy}`] : []),
    '',
    ...levels.map(({ level, state, reason, message, since }) => `  ${MARKS[state]} ${TITLES[level].padEnd(15)} ${state === 'not_reached' ? '' : `${reason}: ${message}${since ? ` (since ${since})` : ''}`}`.trimEnd()),
    ...(operation ? [`  operation ${operation.number} is ${operation.state}${operation.state === 'in_progress' || operation.state === 'pending' ? `, until ${operation.deadline} at the latest` : ''}`] : []),
    ...(agents.length > 0 ? ['  switches:', ...agents.map(({ message }) => `    ${message}`)] : []),
    ...(objects.length > 0 ? ['  not there yet:', ...objects.map(({ kind, name, state, reason, message }) => `    ${kind}/${name} ${state} (${reason}): ${message}`)] : []),
    ...notes.map((note) => `  ! ${note}`),
  ].join('\n');
}
