import { runProgram } from './workspace/run-program.ts';

type Command = (args: string[]) => Promise<number>;

const program = (...command: string[]): Command => (args) => runProgram(process.execPath, [...command, ...args]);
const source = ['--conditions=@heddle/source', '--import', './tools/ts-loader.mjs'];

/** What the npm scripts do; a command resolves to its exit status. Its code is loaded when it is run. */
const commands: Record<string, Command> = {
  start: async (args) => (await import('./local/src/start/start.ts')).start(args),
  stop: async () => (await import('./local/src/start/stop.ts')).stop(),
  status: async () => (await import('./local/src/start/status.ts')).status(),
  logs: async (args) => (await import('./local/src/start/logs.ts')).logs(args),
  test: async (args) => (await import('./workspace/test.ts')).test(args),
  'test:faults': async (args) => (await import('./workspace/test.ts')).testFaults(args),
  'test:kube': program(...source, 'tools/kube-sandbox/contract/run-contract.ts'),
  lint: async () => (await import('./workspace/lint/lint.ts')).lint(),
  typecheck: async () => (await import('./workspace/typecheck.ts')).typecheck(),
  build: async (args) => (await import('./workspace/build.ts')).build(args),
  alerts: async () => (await import('./workspace/monitoring/alerts.ts')).alerts(),
  environment: async () => (await import('./workspace/environment/environment.ts')).environment(),
  contracts: async (args) => (await import('./workspace/contracts/contracts.ts')).contracts(args),
  bench: async (args) => (await import('./workspace/bench.ts')).bench(args),
  'kube-sandbox': program(...source, 'tools/kube-sandbox/src/main.ts'),
  heddle: program(...source, 'apps/cli/src/main.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  console.error(`No such command: '${name}'. There are: ${Object.keys(commands).join(', ')}.`);
  process.exitCode = 2;
} else {
  process.exitCode = await command(args);
}
