import type { DriftField, FieldManager } from '@heddle/contracts';

/** As Heddle applies. */
export const HEDDLE_MANAGER = 'heddle';

/**
 * Who wrote the field at `path` last: the manager other than heddle whose managedFields cover it, the latest if there
 * are several, with how and when it wrote; null when managedFields don't tell. A removed field is owned by nobody: then who last wrote its parent.
 */
export function writerOfField(path: string, managers: readonly FieldManager[]): Pick<DriftField, 'manager' | 'operation' | 'time'> {
  const steps = stepsOf(path);
  const others = managers.filter(({ manager, subresource }) => manager !== HEDDLE_MANAGER && !subresource)
    .toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  let best: { by: FieldManager; depth: number } | null = null;
  for (const by of others) {
    const depth = coveredDepth(by.fields, steps);
    if (depth > (best?.depth ?? 0)) best = { by, depth };
  }
  return best ? { manager: best.by.manager, operation: best.by.operation, ...(best.by.time !== undefined && { time: best.by.time }) } : { manager: null };
}

/** Whether one of the managers owns the field at `path`, by itself or as part of something that is owned as one. */
export function isOwnedBy(path: string, managers: readonly FieldManager[], names: readonly string[]): boolean {
  const steps = stepsOf(path);
  return managers.some(({ manager, subresource, fields }) => names.includes(manager) && !subresource && covers(fields, steps));
}

/** Whether somebody else than Heddle owns the field. */
export function isOwnedByOthers(path: string, managers: readonly FieldManager[]): boolean {
  return isOwnedBy(path, managers, managers.map(({ manager }) => manager).filter((manager) => manager !== HEDDLE_MANAGER));
}

/** Managers other than heddle that own something of spec, labels or annotations. */
export function foreignManagers(managers: readonly FieldManager[]): string[] {
  const owning = managers.filter(({ manager, subresource, fields }) => manager !== HEDDLE_MANAGER && !subresource
    && (isOwned(fields['f:spec']) || isOwned((fields['f:metadata'] as Record<string, unknown> | undefined)?.['f:labels']) || isOwned((fields['f:metadata'] as Record<string, unknown> | undefined)?.['f:annotations'])));
  return [...new Set(owning.map(({ manager }) => manager))].toSorted();
}

/** Tools by which people write: their fields are taken over when Heddle first manages an object. Controllers keep theirs. */
const TOOLS = /^((kubectl|hhfab|python)(-.*)?|Go-http-client|curl|node-fetch|node|unknown|Mozilla|before-first-apply)$/i;

export function toolManagers(managers: readonly FieldManager[]): string[] {
  return foreignManagers(managers).filter((manager) => TOOLS.test(manager));
}

/** Heddle has applied the object: it is in the inventory as far as the API server is concerned. */
export function isManaged(managers: readonly FieldManager[]): boolean {
  return managers.some(({ manager, operation, subresource }) => manager === HEDDLE_MANAGER && operation === 'Apply' && !subresource);
}

function isOwned(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && Object.keys(fields).length > 0;
}

/** How many steps of the path fieldsV1 covers; list entries (`[...]`) are atomic in Hedgehog's CRDs and end the way. */
function coveredDepth(fields: Record<string, unknown>, steps: readonly string[]): number {
  let node: unknown = fields;
  for (const [depth, step] of steps.entries()) {
    const child = (node as Record<string, unknown>)[`f:${step}`];
    if (typeof child !== 'object' || child === null) return depth;
    node = child;
  }
  return steps.length;
}

/** A leaf of fieldsV1 is owned with all that is below it. */
function covers(fields: Record<string, unknown>, steps: readonly string[]): boolean {
  let node: Record<string, unknown> = fields;
  for (const [depth, step] of steps.entries()) {
    const child = node[`f:${step}`];
    if (typeof child !== 'object' || child === null) return depth > 0 && Object.keys(node).length === 0;
    node = child as Record<string, unknown>;
  }
  return true;
}

/** `spec.portSpeeds[E1/1].x` as its keys; an index or a natural key is one key, as map keys are written in brackets too. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, bracket, plain]) => bracket ?? plain ?? '');
}
