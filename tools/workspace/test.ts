import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { markedProcesses, markVariable, type MarkedProcess } from '@heddle/local';
import { runProgram } from './run-program.ts';

/**
 * `npm test`: all tests with their coverage, or those that the arguments name; fails too when a
 * process that the tests started is still there afterwards.
 */
export async function test(args: string[]): Promise<number> {
  const mark = randomUUID();
  const coverage = args.length === 0 ? ['--coverage'] : [];
  // Only `npm run test:kube` may go to a cluster of the user's.
  const { HEDDLE_TEST_KUBECONFIG: _, ...environment } = process.env;
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...coverage, ...args];
  const status = await runProgram(process.execPath, vitest, { ...environment, [markVariable]: mark });
  const left = await leftBehind(mark);
  if (left.length === 0) return status;
  console.error(`The tests left ${left.length} processes behind (ended now):`);
  for (const { pid, command } of left) {
    console.error(`  ${pid} ${command.slice(0, 150)}`);
    process.kill(pid, 'SIGKILL');
  }
  return status || 1;
}

/** A process that was just killed takes a moment to vanish. */
async function leftBehind(mark: string): Promise<MarkedProcess[]> {
  const deadline = performance.now() + 3_000;
  for (;;) {
    const left = markedProcesses(mark);
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(100);
  }
}
