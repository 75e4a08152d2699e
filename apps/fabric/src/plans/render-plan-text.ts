import type { BlastRadius, FieldChange, PlanStep, PlanView } from '@heddle/contracts';
import { awaitsApproval } from './delete-budget.ts';

const SIGNS: Readonly<Record<PlanStep['action'], string>> = { create: '+', update: '~', delete: '-', take_ownership: '^', revert: '<' };
const STEPS_SHOWN = 500;

/** A plan for a terminal: steps in order, what waits and why, what it touches. */
export function planText(plan: PlanView, fabric: string): string {
  return [
    `Plan ${plan.id} of fabric ${fabric}, commit ${plan.commit?.slice(0, 12) ?? 'none'} (${plan.status})`,
    ...section('', plan.steps, stepText),
    ...section('Waits for an approval by a second person:', plan.held ?? [], stepText),
    ...section('Kept back:', plan.withheld.filter((item) => !awaitsApproval(item)), (item) => `  ! ${item.action} ${item.kind}/${item.name}  ${item.reason}: ${item.message}`),
    ...section('In between:', plan.gates ?? [], ({ message, steps }) => `  ${steps.length} step(s): ${message}`),
    ...touchedText(plan.blastRadius ?? null),
    ...section('Findings:', plan.findings, (finding) => `  ${finding.severity} ${[finding.kind, finding.name].filter(Boolean).join('/')} ${finding.message} [${finding.rule}]`),
    '', planSummary(plan), ...approvalText(plan), ...(plan.dryRun ? [`Dry run: ${plan.dryRun.state}. ${plan.dryRun.message}`] : []),
  ].join('\n');
}

/** One sentence of what is done and what is not. */
export function planSummary({ steps, counts, held = [] }: PlanView): string {
  const taken = steps.filter(({ action }) => action === 'take_ownership').length;
  const { create, update, delete: remove, unchanged, withheld } = counts;
  if (steps.length === 0 && withheld === 0) return `Nothing to do: ${unchanged} unchanged.`;
  return [
    `${create} to create`, `${update} to update`, `${remove} to delete`, ...(taken > 0 ? [`${taken} to take over`] : []), `${unchanged} unchanged`,
    ...(held.length > 0 ? [`${held.length} wait for an approval`] : []), `${withheld - held.length} kept back`,
  ].join(', ').concat('.');
}

/** The sorts of what a plan touches that are not empty, each with its heading. */
export function touched(blastRadius: BlastRadius | null): { title: string; count: number; names: readonly string[] }[] {
  if (!blastRadius) return [];
  const { switches, ports, servers, reachGained, reachLost, reachChanged, attached, detached } = blastRadius;
  const sorts = [
    ['Switches', switches], ['Switch ports', ports], ['Servers', servers], ['Servers that lose a VPC', detached], ['Servers that gain a VPC', attached],
    ['Pairs that lose reach', reachLost], ['Pairs that gain reach', reachGained], ['Pairs whose terms change', reachChanged],
  ] as const;
  return sorts.map(([title, { count, names }]) => ({ title, count, names })).filter(({ count }) => count > 0);
}

function touchedText(blastRadius: BlastRadius | null): string[] {
  return section('Touches:', touched(blastRadius), ({ title, count, names }) => `  ${title}: ${count} (${names.join(', ')}${count > names.length ? ', …' : ''})`);
}

function approvalText({ approval, id, hash }: PlanView): string[] {
  if (!approval) return [];
  const how = approval.state === 'pending' ? [`  heddle plan approve ${id}   (hash ${hash.slice(0, 12)})`] : [];
  return [`Approval: ${approval.state}. ${approval.reasons.join(' ')}`, ...how];
}

function stepText({ action, kind, name, reason, changes, dryRun }: PlanStep): string {
  const head = `  ${SIGNS[action]} ${action === 'take_ownership' ? 'take over ' : ''}${kind}/${name}  ${reason}`;
  return [head, ...changes.map((change) => `      ${changeText(change)}`), ...(dryRun ? [`      dry-run: ${dryRun.state === 'not_possible' ? 'not possible' : dryRun.state}${dryRun.message ? `, ${dryRun.message}` : ''}`] : [])].join('\n');
}

function changeText({ path, from, to }: FieldChange): string {
  if (from === undefined) return `+ ${path}: ${JSON.stringify(to)}`;
  if (to === undefined) return `- ${path}: ${JSON.stringify(from)}`;
  return `~ ${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;
}

function section<Item>(title: string, items: readonly Item[], show: (item: Item) => string): string[] {
  if (items.length === 0) return [];
  const more = items.length - STEPS_SHOWN;
  return ['', ...(title ? [title] : []), ...items.slice(0, STEPS_SHOWN).map(show), ...(more > 0 ? [`  … and ${more} more`] : [])];
}
