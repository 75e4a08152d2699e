import type { ConnectionTest } from '@heddle/contracts';
import { describeError } from '@heddle/platform';
import { GitFailure } from '../git/git-failure.ts';

type Step = ConnectionTest['steps'][number];

/** What a step does: gives the words for its success, or null when there is nothing to do. */
export interface TestStep {
  step: string;
  run: () => Promise<string | null>;
}

/** Runs steps in order; after the first that fails the others are skipped. */
export async function runSteps(steps: readonly TestStep[], now: () => number): Promise<ConnectionTest> {
  const results: Step[] = [];
  let ok = true;
  for (const { step, run } of steps) {
    if (!ok) {
      results.push({ step, status: 'skipped', message: 'An earlier step failed.', milliseconds: 0 });
      continue;
    }
    const start = now();
    const spent = () => Math.max(0, Math.round(now() - start));
    try {
      const message = await run();
      results.push({ step, status: message === null ? 'skipped' : 'passed', message: message ?? 'Not needed here.', milliseconds: spent() });
    } catch (error) {
      ok = false;
      const remedy = error instanceof GitFailure ? error.remedy : 'Look into the log of git-sync.';
      results.push({ step, status: 'failed', message: describeError(error), remedy, milliseconds: spent() });
    }
  }
  return { ok, steps: results };
}
