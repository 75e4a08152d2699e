import { RefusedError } from './client/heddle-client.ts';
import { createProgram } from './program.ts';

const program = createProgram({ env: process.env, out: process.stdout, exit: (code) => { process.exitCode = code; } });

try {
  await program.parseAsync();
} catch (error) {
  // 1 is for results that differ or failed; 2 is for what could not be asked.
  process.exitCode = 2;
  const text = error instanceof RefusedError ? `${error.problem.detail}\n${error.problem.remedy} [${error.problem.code}]` : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
}
