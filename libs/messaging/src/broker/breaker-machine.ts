/**
 * Whether the broker is published to:
 * - `closed`: as much as the window holds;
 * - `open`: nothing, until a wait is over;
 * - `half-open`: one message, whose confirm decides.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * What may move it:
 * - `answered`: the broker confirmed or returned a message that was waited for;
 * - `refused`: it said no to one;
 * - `overdue`: no answer came in time;
 * - `stirred`: a sign of life, such as a late answer to a message that was given up, or the end of an alarm;
 * - `waited`: the wait is over.
 */
export type BreakerEvent = 'answered' | 'refused' | 'overdue' | 'stirred' | 'waited';

/** The whole machine. A nack alone opens nothing, since it is an answer; as the answer to the one message that was tried it does. */
export const BREAKER_TRANSITIONS: Readonly<Record<BreakerState, Readonly<Record<BreakerEvent, BreakerState>>>> = {
  closed: { answered: 'closed', refused: 'closed', overdue: 'open', stirred: 'closed', waited: 'closed' },
  open: { answered: 'open', refused: 'open', overdue: 'open', stirred: 'half-open', waited: 'half-open' },
  'half-open': { answered: 'closed', refused: 'open', overdue: 'open', stirred: 'half-open', waited: 'half-open' },
};

export interface Breaking {
  state: BreakerState;
  /** How often it has opened since it was closed last. */
  openings: number;
}

export const CLOSED: Breaking = { state: 'closed', openings: 0 };

/** What an event makes of it; the same object when it changes nothing. */
export function nextBreaking(now: Breaking, event: BreakerEvent): Breaking {
  const state = BREAKER_TRANSITIONS[now.state][event];
  if (state === now.state) return now;
  return { state, openings: state === 'closed' ? 0 : now.openings + (state === 'open' ? 1 : 0) };
}

/** How long it stays open: doubled with each opening in a row, up to a bound. Milliseconds. */
export function openForMs(openings: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** (Math.max(1, openings) - 1), longestMs);
}
