import type { ExplainedLevel, LevelExplanation, Wait } from '@heddle/contracts';

export type Said = Pick<LevelExplanation, 'state' | 'reason' | 'message'> & { since?: Date | string | null; remedy?: string | null; wait?: Wait | null };

export function said(level: ExplainedLevel, { state, reason, message, since, remedy, wait }: Said): LevelExplanation {
  return { level, state, reason, message: sentence(message), since: since ? new Date(since).toISOString() : null, remedy: remedy ?? null, wait: wait ?? null };
}

export const reached = (reason: string, message: string, since?: Date | string | null): Said => ({ state: 'reached', reason, message, since: since ?? null });
export const blocked = (reason: string, message: string, remedy: string, since?: Date | string | null): Said => ({ state: 'blocked', reason, message, remedy, since: since ?? null });
export const unknown = (reason: string, message: string, remedy: string | null, since?: Date | string | null): Said => ({ state: 'unknown', reason, message, remedy, since: since ?? null });
export const notApplicable = (reason: string, message: string): Said => ({ state: 'not_applicable', reason, message });

/** What a wait says as a level: it goes on by itself until then. */
export function waiting(wait: Wait): Said {
  const until = wait.until ? ` (try ${wait.try}, until ${wait.until})` : '';
  return { state: 'waiting', reason: wait.reason, message: `Waits for ${wait.for.replace(/\.$/, '')}${until}`, since: wait.since, remedy: wait.remedy, wait };
}

/** Levels after the first that is not reached say no more than that, unless they hold by themselves. */
export function inOrder(levels: readonly LevelExplanation[]): { levels: LevelExplanation[]; blocker: LevelExplanation | null } {
  const at = levels.findIndex(({ state }) => state !== 'reached' && state !== 'not_applicable');
  if (at < 0) return { levels: [...levels], blocker: null };
  const blocker = levels[at] as LevelExplanation;
  const after = levels.slice(at + 1).map((level) => (level.state === 'waiting' || level.state === 'blocked' ? said(level.level, { state: 'not_reached', reason: 'NotReached', message: 'A level before it is not reached.' }) : level));
  return { levels: [...levels.slice(0, at + 1), ...after], blocker };
}

/** The text with a full stop, unless it ends in a mark already. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
