import type { AlertState, AlertView } from '@heddle/contracts';
import type { Correlated } from './signal.ts';

/** An alert as far as its state depends on it. */
export interface AlertBefore {
  id: string; key: string; state: AlertState; severity: AlertView['severity'];
  causeId: string | null; suppressedUntil: Date | null; clearSince: Date | null; resolvedAt: Date | null;
}

export interface Move {
  /** null: it is new. */
  before: AlertBefore | null;
  /** What holds; null where nothing does any more. */
  signal: Correlated | null;
  /** The states that it passes, the last one is where it stands; empty: it stays. */
  route: AlertState[];
  reason: string;
  clearSince: Date | null;
}

/** What comes back within this time is the same alert. */
export const REOPEN_MS = 24 * 3_600_000;
/** What was away for so long is over: what flaps stays one alert, and open. */
export const CLEAR_MS = 120_000;

/**
 * What another look makes of the alerts.
 * @param before of each key the last one: those that are not resolved, and those that may be reopened
 */
export function moveAlerts(before: readonly AlertBefore[], holding: readonly Correlated[], now: Date): Move[] {
  const known = new Map(before.map((alert) => [alert.key, alert]));
  const keys = new Set(holding.map(({ signal }) => signal.key));
  const away = before.filter(({ key, state }) => state !== 'resolved' && !keys.has(key));
  return [...holding.map((each) => hold(known.get(each.signal.key) ?? null, each, now)), ...away.map((alert) => clear(alert, now))];
}

function hold(before: AlertBefore | null, signal: Correlated, now: Date): Move {
  const move = (route: AlertState[], reason: string): Move => ({ before, signal, route, reason, clearSince: null });
  const caused = signal.cause !== null;
  if (!before || (before.state === 'resolved' && now.getTime() - (before.resolvedAt?.getTime() ?? 0) > REOPEN_MS)) {
    return { ...move(caused ? ['active', 'suppressed'] : ['active'], caused ? 'ExplainedByCause' : 'Raised'), before: null };
  }
  const { state, suppressedUntil, causeId } = before;
  if (state === 'resolved') return caused ? move(['reopened', 'suppressed'], 'ExplainedByCause') : move(['reopened'], 'CameBack');
  const byPerson = state === 'suppressed' && suppressedUntil !== null && suppressedUntil > now;
  if (state !== 'suppressed') return caused ? move(['suppressed'], 'ExplainedByCause') : move([], '');
  if (caused || byPerson) return move([], '');
  return move(['active'], causeId !== null ? 'CauseGone' : 'SuppressionOver');
}

function clear(before: AlertBefore, now: Date): Move {
  const clearSince = before.clearSince ?? now;
  const over = now.getTime() - clearSince.getTime() >= CLEAR_MS;
  return { before, signal: null, route: over ? ['resolved'] : [], reason: over ? 'Cleared' : '', clearSince };
}
