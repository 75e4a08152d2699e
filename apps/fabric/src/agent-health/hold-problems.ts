import type { Finding } from '@heddle/contracts';
import { type AgentHealth, HEALTH_RULES, type HealthProblem, type Touched } from '@heddle/hedgehog';

/** One place where an Agent breaks a rule of health. */
export interface HeldProblem {
  rule: string;
  field: string;
  severity: Finding['severity'];
  message: string;
  remedy: string;
  touches: Touched[];
  peer: string | null;
  /** When it was seen first. */
  since: Date;
  /** Since when it is seen no longer. */
  clearSince: Date | null;
  /** It has lasted, and is told as findings. */
  shown: boolean;
}

/** What was away for so long is over. A gap that is shorter does not count: what flaps is told, and told once. */
export const KEEP_MS = 60_000;

const raiseAfterMs = new Map(HEALTH_RULES.map(({ id, raiseAfterMs: after }) => [id, after]));

/** The problems of one Agent after another look at it. Of a silent one all else stays as it was: nothing is known of it. */
export function holdProblems(before: readonly HeldProblem[], { problems, silent }: AgentHealth, now: Date): HeldProblem[] {
  const known = new Map(before.map((held) => [keyOf(held), held]));
  const seen = problems.map((problem) => seenNow(problem, known.get(keyOf({ rule: problem.rule.id, field: problem.field })), now));
  const keys = new Set(seen.map(keyOf));
  const others = before.filter((held) => !keys.has(keyOf(held)));
  return [...seen, ...(silent ? others : others.flatMap((held) => clearing(held, now)))];
}

function seenNow({ rule, field, message, touches, peer }: HealthProblem, held: HeldProblem | undefined, now: Date): HeldProblem {
  const since = held?.since ?? now;
  const shown = (held?.shown ?? false) || now.getTime() - since.getTime() >= rule.raiseAfterMs;
  return { rule: rule.id, field, severity: rule.severity, message, remedy: rule.remedy, touches: [...touches], peer: peer ?? null, since, clearSince: null, shown };
}

function clearing(held: HeldProblem, now: Date): HeldProblem[] {
  const clearSince = held.clearSince ?? now;
  return now.getTime() - clearSince.getTime() >= KEEP_MS ? [] : [{ ...held, clearSince }];
}

/** When the problem moves although nothing is heard; null: only by another word of its Agent. */
export function dueAt({ rule, since, clearSince, shown }: HeldProblem): Date | null {
  if (clearSince) return new Date(clearSince.getTime() + KEEP_MS);
  return shown ? null : new Date(since.getTime() + (raiseAfterMs.get(rule) ?? 0));
}

export function keyOf({ rule, field }: Pick<HeldProblem, 'rule' | 'field'>): string {
  return `${rule} ${field}`;
}
