import type { DriftPolicy, Verdict } from '@heddle/contracts';
import { Conflict, HeddleError, Invalid, NotFound } from '@heddle/platform';
import { driftMachine } from '../state/drift-machine.ts';
import type { DriftRow } from './drift-store.ts';

const LONGEST_SNOOZE_MS = 366 * 86_400_000;

/** Why the verdict on this drift can't be taken; null when it can. */
export function verdictRefusal(drift: Pick<DriftRow, 'kind' | 'name' | 'state'> | undefined, driftId: string, verdict: Verdict, policy: DriftPolicy): HeddleError | null {
  if (!drift) return new NotFound({ code: 'STATE-012', message: `There is no drift ${driftId}.`, remedy: 'List the drifts of the fabric.' });
  const object = `${drift.kind} ${drift.name}`;
  if (verdict === 'adopt') {
    return new Conflict({ code: 'STATE-043', message: `The drift of ${object} can't be adopted: bringing live values into Git comes with write-back, which this Heddle does not have.`, remedy: 'Change the document in Git by hand: the drift ends when Git says the same; or revert or snooze it.' });
  }
  if (verdict === 'revert' && policy === 'observe_only') {
    return new Conflict({ code: 'STATE-042', message: `The drift of ${object} is not put back: the policy for ${drift.kind} is observe_only.`, remedy: `Set the fabric's drift policy for ${drift.kind} to ask or always_revert first.` });
  }
  return refusalOf(() => driftMachine.assertAllowed(`of ${object}`, drift.state, verdict === 'revert' ? 'reverting' : 'snoozed'));
}

/** @throws Invalid VAL-021 for a time that is over, or too far away to be meant */
export function snoozeEnd(until: string, now: Date): Date {
  const end = new Date(until);
  if (end > now && end.getTime() - now.getTime() <= LONGEST_SNOOZE_MS) return end;
  throw new Invalid({ code: 'VAL-021', message: `A drift can't be snoozed until ${until}: ${end > now ? 'that is more than a year away' : 'that time is over'}.`, remedy: 'Give a time within the next 366 days.', errors: [{ field: 'until', message: 'must be within the next 366 days' }] });
}

function refusalOf(check: () => void): HeddleError | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof HeddleError) return error;
    throw error;
  }
}
