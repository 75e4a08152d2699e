import { describeError } from '@heddle/platform';

/** What the broker has differs from what the contracts say, or it lets us not look. */
export interface TopologyDifference {
  /** E.g. `queue fabric.steps.finished`. */
  entity: string;
  /** The setting that differs, as the broker calls it; absent where it does not tell. The broker tells the first one only. */
  field?: string;
  expected?: string;
  found?: string;
  /** The broker's words. */
  reason: string;
  remedy: string;
}

const ACCESS_REFUSED = 403;
const RESOURCE_LOCKED = 405;
const PRECONDITION_FAILED = 406;

/** The broker's answers that tell of a difference rather than of a broker in trouble. */
export function tellsOfDifference(error: unknown): boolean {
  return [ACCESS_REFUSED, RESOURCE_LOCKED, PRECONDITION_FAILED].includes((error as { code?: number }).code ?? 0);
}

/** Reads a refused declaration: which setting, what was expected and what was found, and what a person does about it. */
export function topologyDifference(entity: string, error: unknown): TopologyDifference {
  const reason = describeError(error);
  const code = (error as { code?: number }).code;
  if (code === ACCESS_REFUSED) {
    return { entity, reason, remedy: `Grant the user the right to configure, write and read ${entity}, or declare it by a user who may: it is tried again within a minute.` };
  }
  if (code === RESOURCE_LOCKED) return { entity, reason, remedy: `End the other connection that holds ${entity} for itself, delete ${entity}: it is declared anew within a minute.` };
  const remedy = entity.startsWith('exchange ')
    ? `Delete ${entity}: it and its bindings are declared anew within a minute; until then publishers keep what it would have taken.`
    : `Stop its consumers, let it run empty, delete ${entity}: it is declared anew within a minute.`;
  const told = /inequivalent arg '([^']+)' for .*: received (.+) but current is (.+?)"?$/.exec(reason);
  if (!told) return { entity, reason, remedy };
  const [, field = '', expected = '', found = ''] = told;
  return { entity, field, expected: valueOf(expected), found: valueOf(found), reason, remedy };
}

/** `the value '10' of type 'long'`, `'topic'` and `none` as people would write them. */
function valueOf(words: string): string {
  return /^(?:the value )?'(.*?)'(?: of type '.*')?$/.exec(words)?.[1] ?? words;
}
