import type { Command } from 'commander';
import { HeddleClient } from '../client/heddle-client.ts';
import { type Environment, readLogin } from '../config.ts';
import { type Format, Printer } from '../output/printer.ts';

/** What a command works with. */
export interface Session {
  client: HeddleClient;
  printer: Printer;
  /** Sets the exit code that the process ends with. */
  exit(code: number): void;
}

/** The world around the program, given by main and by tests. */
export interface Surroundings {
  env: Environment;
  out: { write(text: string): unknown; isTTY?: boolean };
  exit(code: number): void;
  /** Asks the person at the terminal; absent when there is none. */
  ask?: Asking | undefined;
}

/** A person who can be asked. Neither the question nor what is told goes among the results. */
export interface Asking {
  tell(line: string): void;
  question(text: string): Promise<string>;
}

const EVERYWHERE = ['table', 'text', 'json', 'yaml'];

/** Turns a command's options into a session; the `-o` option is inherited. @param more formats that this command knows beside those of all */
export async function openSession(command: Command, around: Surroundings, more: readonly Format[] = []): Promise<Session> {
  const { output } = command.optsWithGlobals<{ output: Format | 'text' }>();
  if (!EVERYWHERE.includes(output) && !more.includes(output as Format)) throw new Error(`'${command.name()}' can't be printed as ${output === 'markdown' ? 'Markdown' : output}; take text, json or yaml.`);
  return { client: new HeddleClient(await readLogin(around.env)), printer: new Printer(around.out, output === 'text' ? 'table' : output), exit: around.exit };
}
