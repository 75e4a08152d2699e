import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { markedProcesses, markVariable, type MarkedProcess } from '@heddle/local';
import { runProgram } from './run-program.ts';

/** `npm test`: all tests with their coverage, or those that the arguments name; without those that need the machine for themselves. */
export async function test(args: string[]): Promise<number> {
  return runTests(['--project=!faults', ...(args.length === 0 ? ['--coverage'] : args)]);
}

/** `npm run test:faults`: everything that goes wrong with the bus and what it stands on, one file after the other; see fault-cases.ts. */
export async function testFaults(args: string[]): Promise<number> {
  return runTests(['--project=faults', ...args]);
}

/** Fails too when a process that the tests started is still there afterwards. */
async function runTests(args: string[]): Promise<number> {
  const mark = randomUUID();
  // Only `npm run test:kube` may go to a cluster of the user's.
  const { HEDDLE_TEST_KUBECONFIG: _, ...environment } = process.env;
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...args];
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
