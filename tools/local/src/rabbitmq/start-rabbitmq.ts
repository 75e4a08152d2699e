import { mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, freePorts } from '../process/free-port.ts';
import { startProcess, type StartedProcess } from '../process/start-process.ts';
import { waitUntilReady } from '../process/wait-until.ts';
import { rabbitmqInstallation, type RabbitmqInstallation } from './rabbitmq-installation.ts';
import { onFreePorts } from './on-free-ports.ts';
import { accepts, controlled, killed, startBroker } from './rabbitmq-broker.ts';
import { rabbitmqUser, writeRabbitmqNode, type RabbitmqNode, type RabbitmqPorts } from './rabbitmq-node.ts';

export interface RabbitmqOptions {
  /** Keeps its data in this folder; without it the data is thrown away at the end. */
  folder?: string;
  /** Told when something is downloaded. */
  tell?: (line: string) => void;
}

export interface Rabbitmq {
  /** AMQP address of the virtual host `/`, with the generated password. */
  amqpUrl: string;
  /** HTTP API, with user and password in the address. */
  managementUrl: string;
  /** Base of the metrics endpoint. */
  prometheusUrl: string;
  nodes: string[];
  /** Of the broker; another one after `restart()`. */
  readonly pid: number;
  /** Of every process that was started: broker and epmd. */
  readonly pids: number[];
  readonly logFile: string;
  /**
   * SIGKILL, as a crash would: the data stays. A quorum queue that was declared less than about 5 s
   * before is unusable afterwards (3.10 flushes its register of them late); a classic one isn't.
   */
  kill(): Promise<void>;
  /** Starts the same node again on the same ports and data, after killing it when it still runs. */
  restart(): Promise<void>;
  /** Runs `rabbitmqctl` on the node, e.g. `set_vm_memory_high_watermark 0`; takes 2 s. @throws with what it wrote when it fails or takes over 60 s */
  control(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a RabbitMQ of our own on 127.0.0.1 with the management, Prometheus and consistent-hash plugins; ready in 5 s
 * (measured), after a download of 35 MB where the machine has none.
 * @throws when none can be had or it is not ready within 90 s
 */
export function startRabbitmq(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
  return onFreePorts(() => start(options));
}

async function start(options: RabbitmqOptions): Promise<Rabbitmq> {
  const throwAway = options.folder === undefined;
  const installation = await rabbitmqInstallation(options.tell);
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'heddle-rabbitmq-'));
  mkdirSync(folder, { recursive: true });
  const ports = await choosePorts(join(folder, 'ports.json'));
  const node = writeRabbitmqNode(folder, installation, ports);
  const credentials = `${rabbitmqUser}:${node.password}@127.0.0.1`;

  const epmd = await startEpmd(installation, node, ports, folder);
  let broker: StartedProcess;
  try {
    broker = await startBroker(installation, node);
  } catch (error) {
    await epmd.stop('SIGKILL');
    if (throwAway) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
  return {
    amqpUrl: `amqp://${credentials}:${ports.amqp}`,
    managementUrl: `http://${credentials}:${ports.management}`,
    prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
    nodes: [node.name],
    get logFile() {
      return broker.logFile;
    },
    get pid() {
      return broker.pid;
    },
    get pids() {
      return [broker.pid, epmd.pid];
    },
    kill: async () => {
      await killed(broker);
    },
    restart: async () => {
      await killed(broker);
      broker = await startBroker(installation, node);
    },
    control: (...args) => controlled(installation, node, args),
    stop: async () => {
      // An orderly stop takes 7-9 s, which only data that is kept is worth.
      await (throwAway ? killed(broker) : broker.stop('SIGTERM', 20_000));
      await epmd.stop('SIGKILL');
      if (throwAway) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The ports of the last start while they are free, so that addresses stay the same. */
async function choosePorts(file: string): Promise<RabbitmqPorts> {
  const names = ['amqp', 'management', 'prometheus', 'distribution', 'epmd'] as const;
  const [amqp, management, prometheus, distribution, epmd] = await freePorts(names.length);
  if (!amqp || !management || !prometheus || !distribution || !epmd) throw new Error('No free ports on 127.0.0.1');
  const ports: RabbitmqPorts = { amqp, management, prometheus, distribution, epmd };
  if (existsSync(file)) {
    const last = JSON.parse(readFileSync(file, 'utf8')) as RabbitmqPorts;
    for (const name of names) {
      if ((await freePort(last[name])) === last[name]) ports[name] = last[name];
    }
  }
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/** Erlang's name server, kept in the foreground as a child of ours: by itself it would outlive the broker. */
async function startEpmd(installation: RabbitmqInstallation, node: RabbitmqNode, ports: RabbitmqPorts, folder: string): Promise<StartedProcess> {
  const epmd = await startProcess({
    name: 'epmd',
    command: installation.epmd,
    args: ['-port', String(ports.epmd), '-address', '127.0.0.1'],
    env: node.environment,
    logFile: join(folder, 'epmd.log'),
  });
  await waitUntilReady(epmd, () => accepts(ports.epmd), { timeoutMs: 10_000 });
  return epmd;
}
