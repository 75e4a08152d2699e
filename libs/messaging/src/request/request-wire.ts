import { type Actor, actorSchema } from '@heddle/contracts';

/** Headers of a question. */
export interface AskHeaders {
  correlation: string;
  actor: Actor | undefined;
  deadlineMs: number;
  traceparent: string | undefined;
}

/** Header of a reply that says whether its body is the answer or a WireError. */
export const OUTCOME_HEADER = 'heddle-outcome';

/** Longest time that an asker may wait, milliseconds. */
export const LONGEST_DEADLINE_MS = 120_000;
const DEFAULT_DEADLINE_MS = 5_000;

export function writeAskHeaders({ correlation, actor, deadlineMs, traceparent }: AskHeaders): Record<string, unknown> {
  return {
    'heddle-correlation': correlation, 'heddle-deadline-ms': deadlineMs,
    ...(actor && { 'heddle-actor': JSON.stringify(actor) }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** Reads what an asker wrote; what is missing or broken takes a default. */
export function readAskHeaders(headers: Record<string, unknown>, fallbackCorrelation: string): AskHeaders {
  const correlation = headers['heddle-correlation'];
  const deadline = Number(headers['heddle-deadline-ms']);
  const traceparent = headers['traceparent'];
  return {
    correlation: typeof correlation === 'string' && correlation !== '' ? correlation : fallbackCorrelation,
    actor: readActor(headers['heddle-actor']),
    deadlineMs: Number.isFinite(deadline) && deadline > 0 ? Math.min(deadline, LONGEST_DEADLINE_MS) : DEFAULT_DEADLINE_MS,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
  };
}

function readActor(header: unknown): Actor | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    return actorSchema.safeParse(JSON.parse(header)).data;
  } catch {
    return undefined; // not JSON: nobody who would be known
  }
}
