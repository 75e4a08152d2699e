import type { DriftField, FieldChange } from '@heddle/contracts';

/** One line a field: `~ path: from → to`, `+` and `-` where a side is absent. */
export function renderChanges(changes: readonly FieldChange[]): string {
  return changes.map(({ path, from, to }) => {
    if (from === undefined) return `  + ${path}: ${show(to)}`;
    if (to === undefined) return `  - ${path}: ${show(from)}`;
    return `  ~ ${path}: ${show(from)} → ${show(to)}`;
  }).join('\n');
}

/** One line a field: what Git says, what is live, and who wrote it. */
export function renderDrift(fields: readonly DriftField[]): string {
  return fields.map((field) => `  ~ ${field.path}: Git ${show(field.desired)}, live ${show(field.live)}${field.conflict ? `, both had ${show(field.base)}` : ''}${field.manager ? ` (by ${field.manager})` : ''}`).join('\n');
}

function show(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}
