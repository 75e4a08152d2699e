import { setTimeout as delay } from 'node:timers/promises';
import type { OperationView } from '@heddle/contracts';
import type { Session } from './session.ts';

const EVERY_MS = 400;
const ENDED = new Set(['completed', 'failed', 'cancelled', 'superseded']);

/** Follows an operation to its end, a line for each step that moved; the exit code is 1 unless it completed. */
export async function watchOperation({ client, printer, exit }: Session, id: string): Promise<void> {
  const shown = new Map<string, string>();
  for (;;) {
    const operation = await client.get<OperationView>(`operations/${encodeURIComponent(id)}`);
    if (printer.format === 'table') for (const line of newLines(operation, shown)) printer.line(line);
    if (ENDED.has(operation.state)) {
      printer.one(operation, renderEnd);
      if (operation.state !== 'completed') exit(1);
      return;
    }
    await delay(EVERY_MS);
  }
}

/** The steps whose state differs from what `shown` remembers. */
export function newLines(operation: OperationView, shown: Map<string, string>): string[] {
  const waits = waitLine(operation, shown);
  const finished = operation.counts.done + operation.counts.stalled + operation.counts.notStarted;
  return [...waits, ...operation.steps.flatMap((step) => {
    const state = `${step.state} ${step.reason}`;
    if (step.state === 'planned' || shown.get(step.stepId) === state) return [];
    shown.set(step.stepId, state);
    const why = step.state === 'done' || step.state === 'sent' ? '' : `  ${step.reason}: ${step.message}${step.remedy ? `\n    ${step.remedy}` : ''}`;
    return [`[${String(finished).padStart(String(operation.counts.total).length)}/${operation.counts.total}] ${step.state.padEnd(11)} ${step.action} ${step.kind}/${step.name}${why}`];
  })];
}

/** What the operation as a whole waits for, when it is something else than before; that a step is in hand says nothing new. */
function waitLine({ wait, state }: OperationView, shown: Map<string, string>): string[] {
  const text = !wait || wait.reason === 'InHand' || ENDED.has(state) ? '' : `waits for ${wait.for}${wait.until ? ` (try ${wait.try}, until ${wait.until})` : ''}${wait.remedy ? `\n    ${wait.remedy}` : ''}`;
  if ((shown.get('') ?? '') === text) return [];
  shown.set('', text);
  return text === '' ? [] : [text];
}

function renderEnd(operation: OperationView): string {
  const { done, stalled, notStarted, unchanged } = operation.counts;
  return `Operation ${operation.number} ${operation.state}: ${done} done (${unchanged} without change), ${stalled} stalled, ${notStarted} not started. ${operation.message}`.trimEnd();
}
