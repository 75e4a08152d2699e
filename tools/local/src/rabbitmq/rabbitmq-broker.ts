import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startProcess, type StartedProcess } from '../process/start-process.ts';
import { waitUntilReady } from '../process/wait-until.ts';
import type { RabbitmqInstallation } from './rabbitmq-installation.ts';
import { rabbitmqUser, type RabbitmqNode } from './rabbitmq-node.ts';

const execute = promisify(execFile);

/** Starts a node that is written down and waits until it takes connections. @throws with the end of its log after 90 s */
export async function startBroker(installation: RabbitmqInstallation, node: RabbitmqNode): Promise<StartedProcess> {
  const broker = await startProcess({ name: 'RabbitMQ', command: installation.server, env: node.environment, logFile: join(node.folder, 'rabbitmq.log') });
  try {
    await waitUntilReady(broker, () => isListening(node), { timeoutMs: 90_000, intervalMs: 100 });
  } catch (error) {
    await killed(broker);
    throw error;
  }
  return broker;
}

/** SIGKILL to the broker and its helpers. */
export async function killed(broker: StartedProcess): Promise<void> {
  broker.signal('SIGKILL', 'group');
  await broker.exited;
}

/** Runs `rabbitmqctl` on a node; takes 2 s. @returns what it wrote @throws with what it wrote when it fails or takes over 60 s */
export async function controlled({ server }: RabbitmqInstallation, { name, environment }: RabbitmqNode, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(join(dirname(server), 'rabbitmqctl'), ['-n', name, ...args], { env: environment, timeout: 60_000 });
  return stdout;
}

/** Calls the node's HTTP API. @throws on any answer but 2xx */
export async function askManagement<Answer>({ password, ports }: RabbitmqNode, path: string): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${rabbitmqUser}:${password}`).toString('base64')}`;
  const answer = await fetch(`http://127.0.0.1:${ports.management}/api${path}`, { headers: { authorization, connection: 'close' }, signal: AbortSignal.timeout(5_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`RabbitMQ answered ${answer.status} to ${path}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** Whether somebody listens on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The management API answers before AMQP connections are taken, so it is asked about those. */
async function isListening(node: RabbitmqNode): Promise<boolean> {
  if (!(await accepts(node.ports.management))) return false;
  return askManagement(node, `/health/checks/port-listener/${node.ports.amqp}`).then(() => true, () => false);
}
