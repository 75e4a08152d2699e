import { createInterface } from 'node:readline/promises';
import { RefusedError } from './client/heddle-client.ts';
import { exitCodeOf } from './output/exit-code.ts';
import { createProgram } from './program.ts';

const program = createProgram({ env: process.env, out: process.stdout, exit: (code) => { process.exitCode = code; }, ask: terminal() });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const text = error instanceof RefusedError ? `${error.problem.detail}\n${error.problem.remedy} [${error.problem.code}]` : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
}

/** Questions go to standard error: what is printed may be read by a program. */
function terminal() {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return {
    tell: (line: string) => { process.stderr.write(`${line}\n`); },
    question: async (text: string) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(text);
      } finally {
        lines.close();
      }
    },
  };
}
