import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ConnectionTest, type KindAddress, VERBS_OF_ROLE } from '@heddle/contracts';
import { HeddleError, type OutboundGuard } from '@heddle/platform';
import { ApiClient } from '../api/api-client.ts';
import { ApiSession, type ApiCredentials } from '../api/api-session.ts';
import { CONNECTION_REMEDY, connectionReasonOf, type ConnectionReason } from '../api/connection-reason.ts';
import { messageOf } from '../api/kube-answer.ts';
import { groupPath } from '../api/resource-path.ts';
import { toUnreachable } from '../api/unreachable.ts';
import { guardedLookup } from './guarded-lookup.ts';
import { accessReview, isAllowed } from './probe-cluster.ts';

type TestStep = ConnectionTest['steps'][number];

/** A step of the test failed: what to say, and what to do. */
class Failed extends Error {
  constructor(message: string, readonly remedy: string) {
    super(message);
  }
}

const STEPS = ['resolve', 'connect', 'tls', 'authenticate', 'authorise', 'kinds'] as const;
const CONNECT_MS = 4_000;
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

export interface TestedKind extends KindAddress {
  readonly role: 'object' | 'agent';
}

/** Goes the way of a real connection step by step; the first failed step ends it and the rest is skipped. */
export async function testConnection(credentials: ApiCredentials & { namespace: string }, kinds: readonly TestedKind[], guard: OutboundGuard): Promise<ConnectionTest> {
  const url = new URL(credentials.server);
  const session = new ApiSession(credentials, { lookup: guardedLookup(guard), userAgent: 'heddle/0.1', admit: () => guard.check(credentials.server) });
  const client = new ApiClient(session);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  let address = '';
  const actions: Record<(typeof STEPS)[number], () => Promise<string>> = {
    resolve: async () => {
      await guard.check(credentials.server);
      ({ address } = await guard.resolve(hostname));
      return address === hostname ? `${hostname} is an address.` : `${hostname} is ${address}.`;
    },
    connect: () => tcp(address, port),
    tls: () => (url.protocol === 'https:' ? tls(address, port, hostname, credentials) : Promise.resolve('Skipped: the address is http.')),
    authenticate: () => authenticate(client, credentials.namespace),
    authorise: () => authorise(client, kinds, credentials.namespace),
    kinds: () => findKinds(client, kinds),
  };
  try {
    const steps: TestStep[] = [];
    for (const step of STEPS) steps.push(steps.some((done) => done.status === 'failed') ? skipped(step) : await run(step, actions[step]));
    return { ok: steps.every((step) => step.status === 'passed'), steps };
  } finally {
    await client.close();
  }
}

async function run(step: string, action: () => Promise<string>): Promise<TestStep> {
  const start = performance.now();
  const milliseconds = (): number => Math.round(performance.now() - start);
  try {
    const message = await action();
    return { step, status: 'passed', message, milliseconds: milliseconds() };
  } catch (error) {
    const { message, remedy } = explain(error);
    return { step, status: 'failed', message, remedy, milliseconds: milliseconds() };
  }
}

function skipped(step: string): TestStep {
  return { step, status: 'skipped', message: 'Not reached: a step before it failed.', milliseconds: 0 };
}

function explain(error: unknown): { message: string; remedy: string } {
  if (error instanceof Failed || error instanceof HeddleError) return { message: error.message, remedy: error.remedy };
  const { message, reason } = toUnreachable(error, 'The API server');
  return { message, remedy: CONNECTION_REMEDY[reason] };
}

function tcp(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, timeout: CONNECT_MS });
    socket.once('connect', () => { socket.destroy(); resolve(`Port ${port} of ${address} accepts connections.`); });
    socket.once('timeout', () => { socket.destroy(); reject(timedOut(address, port)); });
    socket.once('error', reject);
  });
}

function tls(address: string, port: number, hostname: string, credentials: ApiCredentials): Promise<string> {
  return new Promise((resolve, reject) => {
    const isAddress = address === hostname;
    const socket = connectTls({
      host: address, port, timeout: CONNECT_MS, ALPNProtocols: ['h2', 'http/1.1'], ...(!isAddress && { servername: hostname }),
      ...(credentials.certificateAuthority !== null && { ca: credentials.certificateAuthority }),
      ...(credentials.clientCertificate && { cert: credentials.clientCertificate.certificate, key: credentials.clientCertificate.key }),
    });
    socket.once('secureConnect', () => { const said = `${socket.getProtocol()}, ${socket.alpnProtocol || 'http/1.1'}.`; socket.destroy(); resolve(said); });
    socket.once('timeout', () => { socket.destroy(); reject(timedOut(address, port)); });
    socket.once('error', reject);
  });
}

function timedOut(address: string, port: number): Error {
  return Object.assign(new Error(`${address}:${port} did not answer within ${CONNECT_MS} ms`), { code: 'ETIMEDOUT' });
}

async function authenticate(client: ApiClient, namespace: string): Promise<string> {
  const version = await client.read('/version');
  const review = await client.post(ACCESS_REVIEWS, accessReview('list', { group: '', plural: 'namespaces' }, namespace));
  for (const answer of [version, review]) {
    const reason = connectionReasonOf(answer) as ConnectionReason;
    if (reason !== 'Connected') throw new Failed(messageOf(answer), CONNECTION_REMEDY[reason]);
  }
  const named = (version.body as { gitVersion?: string } | null)?.gitVersion;
  return `The API server${named ? ` (${named})` : ''} accepts the credentials.`;
}

async function authorise(client: ApiClient, kinds: readonly TestedKind[], namespace: string): Promise<string> {
  if (kinds.length === 0) return 'No kinds are known yet: rights are checked when the fabric is registered.';
  const wanted = kinds.flatMap((kind) => VERBS_OF_ROLE[kind.role].map((verb) => ({ kind, verb })));
  const refused = await Promise.all(wanted.map(async ({ kind, verb }) => {
    const review = await client.post(ACCESS_REVIEWS, accessReview(verb, kind, namespace));
    if (review.status >= 300) throw new Failed(messageOf(review), CONNECTION_REMEDY.Forbidden);
    return isAllowed(review) ? [] : [`${verb} ${kind.plural}.${kind.group}`];
  }));
  const missing = refused.flat();
  if (missing.length === 0) return `All ${wanted.length} rights that Heddle needs are granted.`;
  throw new Failed(`${missing.length} of ${wanted.length} rights are missing in namespace ${namespace}: ${missing.slice(0, 6).join(', ')}${missing.length > 6 ? ', …' : ''}.`, CONNECTION_REMEDY.Forbidden);
}

async function findKinds(client: ApiClient, kinds: readonly TestedKind[]): Promise<string> {
  if (kinds.length === 0) return 'No kinds are known yet.';
  const groups = Map.groupBy(kinds, (kind) => groupPath(kind));
  const missing = await Promise.all([...groups].map(async ([path, wanted]) => {
    const answer = await client.read(path);
    const served = new Set(((answer.body as { resources?: { name: string }[] } | null)?.resources ?? []).map((resource) => resource.name));
    return wanted.filter((kind) => !served.has(kind.plural)).map((kind) => kind.kind);
  }));
  const names = missing.flat();
  if (names.length === 0) return `All ${kinds.length} kinds are served.`;
  throw new Failed(`The cluster does not serve ${names.join(', ')}.`, "Install the kinds' CustomResourceDefinitions (Hedgehog's fabric release), or upgrade it.");
}

