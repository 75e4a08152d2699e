import { Command, Option } from 'commander';
import { addDriftCommands } from './commands/drift.ts';
import { addFabricCommands } from './commands/fabric.ts';
import { addLoginCommands } from './commands/login.ts';
import { addOperationCommands } from './commands/operation.ts';
import { addResourceCommands } from './commands/resources.ts';
import type { Surroundings } from './commands/session.ts';

/** The whole command line. */
export function createProgram(around: Surroundings): Command {
  const program = new Command('heddle')
    .description('Keep network fabrics in step with Git')
    .addOption(new Option('-o, --output <format>', 'how results are printed').choices(['table', 'json', 'yaml']).default('table'))
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError();
  addLoginCommands(program, around);
  addFabricCommands(program, around);
  addResourceCommands(program, around);
  addDriftCommands(program, around);
  addOperationCommands(program, around);
  return program;
}
