import { Command, Option } from 'commander';
import { addAlertCommands } from './commands/alerts.ts';
import { addArchiveCommands } from './commands/archive.ts';
import { addDlqCommands } from './commands/dlq.ts';
import { addBusCommands } from './commands/bus.ts';
import { addDriftCommands } from './commands/drift.ts';
import { addEventsCommand } from './commands/events.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addFabricCommands } from './commands/fabric.ts';
import { addLoginCommands } from './commands/login.ts';
import { addOperationCommands } from './commands/operation.ts';
import { addPlanCommands } from './commands/plan.ts';
import { addReplayCommands } from './commands/replay.ts';
import { addResourceCommands } from './commands/resources.ts';
import { addTaskCommands } from './commands/tasks.ts';
import { addTokenCommands } from './commands/token.ts';
import { addValidateCommand } from './commands/validate.ts';
import { addWhereCommands } from './commands/where.ts';
import type { Surroundings } from './commands/session.ts';

/** The whole command line. */
export function createProgram(around: Surroundings): Command {
  const program = new Command('heddle')
    .description('Keep network fabrics in step with Git')
    .addOption(new Option('-o, --output <format>', 'how results are printed; text is table, markdown is for plans, sarif and junit are for validate').choices(['table', 'text', 'json', 'yaml', 'markdown', 'sarif', 'junit']).default('table'))
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError();
  addLoginCommands(program, around);
  addFabricCommands(program, around);
  addPlanCommands(program, around);
  addResourceCommands(program, around);
  addWhereCommands(program, around);
  addValidateCommand(program, around);
  addDriftCommands(program, around);
  addExplainCommand(program, around);
  addAlertCommands(program, around);
  addOperationCommands(program, around);
  addEventsCommand(program, around);
  addReplayCommands(program, around);
  addArchiveCommands(program, around);
  addDlqCommands(program, around);
  addBusCommands(program, around);
  addTaskCommands(program, around);
  addTokenCommands(program, around);
  return program;
}
