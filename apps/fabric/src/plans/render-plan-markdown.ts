import type { FieldChange, PlanStep, PlanView } from '@heddle/contracts';
import { awaitsApproval } from './delete-budget.ts';
import { planSummary, touched } from './render-plan-text.ts';

/** Comments of pull requests are cut off at 65,536 characters. */
const ROWS_SHOWN = 100;

/** A plan for a pull request or a ticket. */
export function planMarkdown(plan: PlanView, fabric: string): string {
  const kept = plan.withheld.filter((item) => !awaitsApproval(item));
  return [
    `### Heddle plan for \`${fabric}\``,
    `${planSummary(plan)} Commit \`${plan.commit?.slice(0, 12) ?? 'none'}\`, plan \`${plan.id}\` (${plan.status}).`,
    ...(plan.approval ? [`> **Approval by a second person: ${plan.approval.state}.** ${plan.approval.reasons.map(escaped).join(' ')}`] : []),
    ...(plan.dryRun ? [`> **Dry run: ${plan.dryRun.state}.** ${escaped(plan.dryRun.message)}`] : []),
    ...stepTable('Steps', plan.steps),
    ...stepTable('Waits for an approval', plan.held ?? []),
    ...table('Touches', ['What', 'How many', 'Which'], touched(plan.blastRadius ?? null).map(({ title, count, names }) => [title, String(count), `${names.join(', ')}${count > names.length ? ', …' : ''}`])),
    ...(plan.gates ?? []).map(({ message, steps }) => `In between, ${steps.length} step(s): ${escaped(message)}.`),
    ...table('Kept back', ['Object', 'Action', 'Why'], kept.map(({ kind, name, action, reason, message }) => [`${kind}/${name}`, action, `${reason}: ${message}`])),
    ...table('Findings', ['Severity', 'Object', 'What'], plan.findings.map(({ severity, kind, name, message, rule }) => [severity, [kind, name].filter(Boolean).join('/'), `${message} (${rule})`])),
  ].join('\n\n');
}

function stepTable(title: string, steps: readonly PlanStep[]): string[] {
  return table(title, ['Action', 'Object', 'Why', 'Changes'], steps.map(({ action, kind, name, reason, changes, dryRun }) =>
    [action.replace('_', ' '), `${kind}/${name}`, `${reason}${dryRun ? `; dry-run ${dryRun.state.replace('_', ' ')}${dryRun.message ? `: ${dryRun.message}` : ''}` : ''}`, changes.map(changeText).join('; ')]));
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const more = rows.length > ROWS_SHOWN ? [`… and ${rows.length - ROWS_SHOWN} more.`] : [];
  return [`#### ${title}`, [line(heads), `|${' --- |'.repeat(heads.length)}`, ...rows.slice(0, ROWS_SHOWN).map(line)].join('\n'), ...more];
}

function changeText({ path, from, to }: FieldChange): string {
  return `${path}: ${from === undefined ? '–' : JSON.stringify(from)} → ${to === undefined ? '–' : JSON.stringify(to)}`;
}

/** What objects are named or say must neither end a cell nor become markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\|*_`<>[\]#]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
}
