import type { AlertView, ObjectRef } from '@heddle/contracts';

/** Something that holds now and that a person should know, unless another signal explains it. */
export interface Signal {
  /** Names the cause: signals with one key are one. */
  key: string;
  type: string;
  severity: AlertView['severity'];
  summary: string;
  remedy: string;
  fabrics: { id: string; name: string }[];
  objects: ObjectRef[];
  objectCount: number;
  /** Keys of signals that explain this one where they hold, the nearest first. */
  causes: string[];
}

/** A signal, and the key of the one at the root of what explains it; null: it is a root itself. */
export interface Correlated { signal: Signal; cause: string | null }

export const SHOWN_OBJECTS = 20;

/**
 * One alert for one cause: a dead API server is told, and what follows from it is suppressed under it. Signals with one key
 * are joined; roots come first.
 */
export function correlate(signals: readonly Signal[]): Correlated[] {
  const joined = new Map<string, Signal>();
  for (const signal of signals) {
    const known = joined.get(signal.key);
    joined.set(signal.key, known ? join(known, signal) : signal);
  }
  const all = [...joined.values()].map((signal): Correlated => ({ signal, cause: rootOf(signal, joined) }));
  return all.toSorted((a, b) => Number(a.cause !== null) - Number(b.cause !== null));
}

function rootOf(signal: Signal, signals: ReadonlyMap<string, Signal>): string | null {
  const seen = new Set([signal.key]);
  let root: string | null = null;
  let at = signal;
  for (;;) {
    const next = at.causes.find((key) => signals.has(key) && !seen.has(key));
    if (next === undefined) return root;
    root = next;
    seen.add(next);
    at = signals.get(next)!;
  }
}

function join(a: Signal, b: Signal): Signal {
  const fabrics = [...new Map([...a.fabrics, ...b.fabrics].map((fabric) => [fabric.id, fabric])).values()];
  const objects = [...new Map([...a.objects, ...b.objects].map((ref) => [`${ref.kind}/${ref.name}`, ref])).values()].slice(0, SHOWN_OBJECTS);
  return { ...a, severity: b.severity === 'critical' ? 'critical' : a.severity, fabrics, objects, objectCount: a.objectCount + b.objectCount, causes: [...new Set([...a.causes, ...b.causes])] };
}
