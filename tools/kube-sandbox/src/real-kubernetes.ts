import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority, signingKeys } from './certificates/certificate-authority.ts';
import { kubeconfigText } from './kubeconfig.ts';
import type { KubernetesApi } from './start-kubernetes.ts';

export interface RealKubernetesOptions {
  /** Folder of the `etcd` and `kube-apiserver` binaries. */
  assets: string;
  /** Keeps etcd's data, the certificates and the token there; a temporary folder when left out. */
  dataDir?: string | undefined;
  port?: number | undefined;
}

const READY_WITHIN = 60_000;
const STOP_WITHIN = 10_000;

/** etcd and kube-apiserver as child processes on loopback, without controllers: RBAC, webhooks, CRDs and watches are real. */
export async function startRealKubernetes({ assets, dataDir, port = 0 }: RealKubernetesOptions): Promise<KubernetesApi> {
  for (const binary of ['etcd', 'kube-apiserver']) {
    if (!existsSync(join(assets, binary))) throw new Error(`There is no ${binary} in ${assets}, the folder that KUBEBUILDER_ASSETS names.`);
  }
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'heddle-kube-'));
  const files = prepareFolder(folder);
  const [etcdPort, etcdPeerPort, apiPort] = [await freePort(), await freePort(), port === 0 ? await freePort() : port];
  const children: ChildProcess[] = [];
  // A process that ends without closing must not leave its servers behind.
  const abandon = () => children.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', abandon);
  const close = async () => {
    process.off('exit', abandon);
    for (const child of children.reverse()) await stop(child);
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    children.push(launch(join(assets, 'etcd'), etcdArguments(folder, etcdPort, etcdPeerPort, dataDir !== undefined), join(folder, 'etcd.log')));
    children.push(launch(join(assets, 'kube-apiserver'), apiServerArguments(folder, etcdPort, apiPort), join(folder, 'kube-apiserver.log')));
    await untilReady(apiPort, files, children);
  } catch (error) {
    await close();
    throw error;
  }
  const url = `https://127.0.0.1:${apiPort}`;
  const { caPem, adminToken } = files;
  return { kind: 'real', url, caPem, adminToken, kubeconfig: (token = adminToken) => kubeconfigText({ url, caPem, user: { token } }), close };
}

interface Files {
  caPem: string;
  adminToken: string;
}

/** Writes the keys, certificates and the token file that the server is started with, unless they are there already. */
function prepareFolder(folder: string): Files {
  mkdirSync(join(folder, 'etcd'), { recursive: true, mode: 0o700 });
  chmodSync(join(folder, 'etcd'), 0o700);
  const at = (name: string) => join(folder, name);
  if (!existsSync(at('tokens.csv'))) {
    const authority = CertificateAuthority.create('heddle-kubernetes');
    const server = authority.issueServer(['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default.svc']);
    const accounts = signingKeys();
    const secret = (name: string, text: string) => writeFileSync(at(name), text, { mode: 0o600 });
    secret('ca.crt', authority.pair.cert);
    secret('server.crt', server.cert);
    secret('server.key', server.key);
    secret('accounts.key', accounts.privatePem);
    secret('accounts.pub', accounts.publicPem);
    secret('tokens.csv', `${randomBytes(24).toString('hex')},admin,admin,"system:masters"\n`);
  }
  const adminToken = readFileSync(at('tokens.csv'), 'utf8').split(',')[0] ?? '';
  return { caPem: readFileSync(at('ca.crt'), 'utf8'), adminToken };
}

function etcdArguments(folder: string, port: number, peerPort: number, lasting: boolean): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--log-level=warn',
    ...(lasting ? [] : ['--unsafe-no-fsync']),
  ];
}

function apiServerArguments(folder: string, etcdPort: number, port: number): string[] {
  const at = (name: string) => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // It would refuse to publish a loopback address as the endpoint of its own Service.
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--tls-cert-file=${at('server.crt')}`,
    `--tls-private-key-file=${at('server.key')}`,
    `--client-ca-file=${at('ca.crt')}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('accounts.pub')}`,
    `--service-account-signing-key-file=${at('accounts.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Without a controller manager there are no default ServiceAccounts to demand.
    '--disable-admission-plugins=ServiceAccount',
    '--enable-priority-and-fairness=false',
    '--allow-privileged=true',
  ];
}

function launch(binary: string, args: string[], log: string): ChildProcess {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  child.once('close', () => output.end());
  child.once('error', (error) => output.write(`${error.message}\n`));
  return child;
}

async function untilReady(port: number, { caPem, adminToken }: Files, children: ChildProcess[]): Promise<void> {
  const deadline = Date.now() + READY_WITHIN;
  while (Date.now() < deadline) {
    const dead = children.find((child) => child.exitCode !== null || child.pid === undefined);
    if (dead !== undefined) throw new Error(`${dead.spawnfile} ended with code ${dead.exitCode}: its log is in the data folder`);
    if ((await readiness(port, caPem, adminToken)) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`kube-apiserver was not ready within ${READY_WITHIN / 1000} s`);
}

function readiness(port: number, ca: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` };
    const ask = request({ host: '127.0.0.1', port, path: '/readyz', ca, headers, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve(0));
    ask.end();
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
