import { referencesOf } from '@heddle/hedgehog';
import type { ObjectRef } from '@heddle/contracts';
import { objectKey, type PlanObject } from './plan-object.ts';
import { immutableReason, replacementOf } from './replace.ts';
import { wantedAction, type Withheld, withholding, type WithholdingRules } from './withheld.ts';

/** What is to be done with an object; `replace`: deleted and made again. */
export interface Choice { object: PlanObject; action: Withheld['action'] | 'replace'; reason: string }

export interface Choices { chosen: Choice[]; withheld: Withheld[] }

/** Which of the objects are changed, and which are kept back and why. Pure. */
export function chooseChanges(objects: readonly PlanObject[], selection: readonly ObjectRef[] | null, rules: WithholdingRules): Choices {
  const withheld: Withheld[] = [];
  const candidates: Choice[] = [];
  for (const object of objects) {
    const action = wantedAction(object);
    if (!action) continue;
    const kept = withholding(object, action, rules);
    if (kept) withheld.push({ kind: object.kind, name: object.name, action, ...kept });
    else candidates.push({ object, action, reason: reasonOf(object, action) });
  }
  const choices = selection ? selected(candidates, selection, withheld) : { chosen: candidates, withheld };
  return withoutMissingTargets(replaced(choices, objects, rules));
}

/** What can't be changed in place is replaced, with what stands in the way of its delete; or kept back. */
function replaced({ chosen, withheld }: Choices, objects: readonly PlanObject[], rules: WithholdingRules): Choices {
  const roots = chosen.filter(({ object, action }) => action === 'update' && immutableReason(object) !== null).map(({ object }) => object);
  if (roots.length === 0) return { chosen, withheld };
  const keyed = new Set(roots.map(objectKey));
  const rest = chosen.filter(({ object }) => !keyed.has(objectKey(object)));
  if (!rules.replace) return { chosen: rest, withheld: [...withheld, ...roots.map(immutable)] };
  const deleted = new Set(rest.filter(({ action }) => action === 'delete').map(({ object }) => objectKey(object)));
  const { reasons, blocked } = replacementOf(roots, objects, deleted);
  const kept = roots.filter((root) => blocked.has(objectKey(root))).map((root) => replaceBlocked(root, blocked.get(objectKey(root)) as string));
  const again = objects.filter((object) => reasons.has(objectKey(object))).map((object): Choice => ({ object, action: 'replace', reason: reasons.get(objectKey(object)) as string }));
  return {
    chosen: [...rest.filter(({ object }) => !reasons.has(objectKey(object))), ...again],
    withheld: [...withheld.filter((item) => !reasons.has(objectKey(item))), ...kept],
  };
}

function immutable(object: PlanObject): Withheld {
  const { kind, name } = object;
  return {
    kind, name, action: 'update', reason: 'ImmutableField',
    message: `${kind} ${name}: ${immutableReason(object)}. Plan with replace: true to delete it and make it again, which takes down what it carries until then; or remove it in one commit and add it in a later one.`,
  };
}

function replaceBlocked({ kind, name }: PlanObject, obstacle: string): Withheld {
  return { kind, name, action: 'update', reason: 'ReplaceBlocked', message: `${kind} ${name} can't be replaced: ${obstacle}` };
}

/** What refers to an object that is kept back and does not live would only be refused: it waits as well. */
function withoutMissingTargets({ chosen, withheld }: Choices): Choices {
  const missing = new Set(withheld.filter(({ action }) => action === 'create').map(objectKey));
  const kept = [...withheld];
  let rest = chosen;
  for (let again = missing.size > 0; again;) {
    again = false;
    rest = rest.filter(({ object, action }) => {
      const target = object.desired && referencesOf(object.desired.object).find((reference) => missing.has(`${reference.toKind}/${reference.toName}`));
      if (!target) return true;
      kept.push({ kind: object.kind, name: object.name, action: action === 'replace' ? 'update' : action, reason: 'WaitsForWithheld', message: `${target.field} names ${target.toKind} ${target.toName}, which is kept back.` });
      if (action === 'create') again = Boolean(missing.add(objectKey(object)));
      return false;
    });
  }
  return { chosen: rest, withheld: kept };
}

/** The chosen objects, and what they refer to and does not live yet. */
function selected(candidates: readonly Choice[], selection: readonly ObjectRef[], withheld: readonly Withheld[]): Choices {
  const byKey = new Map(candidates.map((choice) => [objectKey(choice.object), choice]));
  const chosen = new Map<string, Choice>();
  const visit = (key: string, neededBy: PlanObject | null): void => {
    const choice = byKey.get(key);
    if (!choice || chosen.has(key) || (neededBy && choice.action !== 'create')) return;
    chosen.set(key, neededBy ? { ...choice, reason: `needed by ${neededBy.kind} ${neededBy.name}` } : choice);
    const references = choice.object.desired ? referencesOf(choice.object.desired.object) : [];
    for (const { toKind, toName } of references) visit(`${toKind}/${toName}`, choice.object);
  };
  for (const ref of selection) visit(objectKey(ref), null);
  const rest = candidates.filter(({ object }) => !chosen.has(objectKey(object))).map(({ object, action }): Withheld =>
    ({ kind: object.kind, name: object.name, action: action === 'replace' ? 'update' : action, reason: 'NotSelected', message: 'It is not among the chosen objects.' }));
  return { chosen: [...chosen.values()], withheld: [...withheld, ...rest] };
}

function reasonOf(object: PlanObject, action: Withheld['action']): string {
  if (action === 'create') return 'in Git, not in the cluster';
  if (action === 'delete') return 'no longer in Git';
  if (object.baseHash === null) return 'managed by Heddle from now on';
  return object.live?.hash === object.desired?.hash ? 'equal already; recorded as applied' : 'differs from Git';
}
