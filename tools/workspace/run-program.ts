import { spawn } from 'node:child_process';
import { repositoryRoot } from '@heddle/local';

/**
 * Runs a program on our terminal to its end, handing on the signals that we get.
 * @returns its exit status; 1 when a signal ended it
 */
export function runProgram(command: string, args: string[], environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const child = spawn(command, args, { cwd: repositoryRoot, stdio: 'inherit', env: environment });
  const terminal = Boolean(process.stdin.isTTY);
  const handOn = (signal: NodeJS.Signals): void => {
    // The terminal has told the child already.
    if (!(terminal && signal === 'SIGINT')) child.kill(signal);
  };
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, handOn);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${command} can't be run`, { cause })));
    child.once('exit', (code) => {
      for (const signal of signals) process.off(signal, handOn);
      resolve(code ?? 1);
    });
  });
}
