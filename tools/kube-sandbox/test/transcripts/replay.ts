import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { parse as parseYaml } from 'yaml';
import { startKubeSandbox, type KubeSandbox } from '../../src/index.ts';
import type { JsonValue } from '../../src/kube-object.ts';
import { Bindings } from './bindings.ts';
import { EXEMPTIONS } from './exemptions.ts';
import { agentsCrd, withinReach, type Exchange, type Transcript } from './transcript.ts';
import { WebhookPlayer } from './webhook-player.ts';

export interface ReplayedExchange {
  id: string;
  what: string;
  differences: string[];
}

const WIDGETS = '/apis/demo.heddle.test/v1/namespaces';
const RECORDED_HOOK = '127.0.0.1:18443';

/** Plays one transcript against a fresh stand-in and says where the answers differ. */
export class Replay {
  readonly results: ReplayedExchange[] = [];
  readonly bindings = new Bindings();
  private readonly hooks = new WebhookPlayer();
  private readonly tokens: { [name: string]: string } = {};

  private constructor(
    private readonly sandbox: KubeSandbox,
    private readonly agent: Agent,
    private readonly transcript: Transcript,
  ) {
    this.tokens.admin = sandbox.adminToken;
    this.tokens['fabric-a'] = sandbox.createUser('fabric-a');
    this.tokens.bad = 'bad';
  }

  static async run(transcript: Transcript, crd: JsonValue, hedgehog: JsonValue[]): Promise<Replay> {
    // Compaction is pulled by hand, and the slow first moments of a CRD are wide enough to be met.
    const fresh = transcript.file.startsWith('12b');
    const crdDelays = fresh ? { establish: 150, ready: 300 } : { establish: 10, ready: 0 };
    const sandbox = await startKubeSandbox({ faults: false, reapNamespaces: false, crdDelays });
    const agent = new Agent({ connect: { ca: sandbox.caPem }, connections: 64 });
    const replay = new Replay(sandbox, agent, transcript);
    try {
      await replay.prepare(crd, hedgehog);
      for (const [index, exchange] of transcript.exchanges.entries()) await replay.play(exchange, `${transcript.file}[${index}]`, index);
      replay.checkOrder();
    } finally {
      await agent.destroy();
      await replay.hooks.stop();
      await sandbox.close();
    }
    return replay;
  }

  private async prepare(crd: JsonValue, hedgehog: JsonValue[]): Promise<void> {
    const { file } = this.transcript;
    const namespace = `t${file.slice(0, 2)}`;
    const labels = file.startsWith('15') ? { hooks: 'on' } : {};
    for (const name of file.startsWith('14') ? [] : [namespace, `${namespace}x`]) {
      await this.admin('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    }
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const agents = agentsCrd();
    if (agents !== undefined && (file.startsWith('01') || file.startsWith('02b'))) await this.admin('POST', crds, agents);
    if (!file.startsWith('02')) await this.admin('POST', crds, crd);
    if (file.startsWith('01')) for (const one of hedgehog) await this.admin('POST', crds, one);
    await wait(30);
    if (file.startsWith('15')) await this.hooks.start();
    if (file.startsWith('12b')) await wait(500);
  }

  private async admin(method: 'POST' | 'PATCH', path: string, body: JsonValue): Promise<void> {
    const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json';
    const headers = { authorization: `Bearer ${this.sandbox.adminToken}`, 'content-type': type, 'user-agent': 'heddle/0.1' };
    const answer = await request(this.sandbox.url + path, { method, headers, body: JSON.stringify(body), dispatcher: this.agent });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  }

  private async play(exchange: Exchange, id: string, index: number): Promise<void> {
    if (EXEMPTIONS[id]?.skip === true) {
      this.results.push({ id, what: 'not played', differences: ['not played'] });
      return;
    }
    await this.before(index);
    const { method, path } = exchange.request;
    const what = `${method} ${path}${exchange.note === undefined ? '' : ` (${exchange.note})`}`;
    const differences = Array.isArray(exchange.response.body) ? await this.playWatch(exchange, id) : await this.playOne(exchange);
    this.results.push({ id, what, differences });
  }

  /** What the recorder did between exchanges, as the notes tell. */
  private async before(index: number): Promise<void> {
    const { file } = this.transcript;
    if (file === '02-crd' && index === 2) await wait(50);
    if (file === '02b-crd-hedgehog' && index === 3) await wait(50);
    if (file.startsWith('12b') && index === 2) await wait(200);
    if (file.startsWith('12b') && index === 3) await wait(400);
    if (file.startsWith('12b') && index === 6) await wait(200);
    if (file.startsWith('16') && index === 5) {
      for (let size = 1; size <= 14; size++) await this.admin('PATCH', `${WIDGETS}/t16/widgets/l1`, { spec: { size } });
    }
    if (file.startsWith('16') && index === 7) await this.admin('PATCH', `${WIDGETS}/t16/widgets/l2`, { spec: { size: 9 } });
    // Other writes happened on the recorded server between these.
    if ((file.startsWith('11') && index === 31) || (file.startsWith('16') && index === 7)) await this.elsewhere();
    if (file.startsWith('16') && index === 6) this.sandbox.compact({ keepWatchCache: true });
    if (file.startsWith('15') && index === 19) await this.hooks.stop();
  }

  private elsewhere(): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'elsewhere-' } };
    return this.admin('POST', '/api/v1/namespaces/kube-public/configmaps', body);
  }

  private async playOne(exchange: Exchange): Promise<string[]> {
    this.hooks.expect(exchange.webhookCalls ?? []);
    const answer = await this.send(exchange);
    const text = await answer.body.text();
    const recorded = this.local(exchange.response.body ?? '');
    const isYaml = exchange.response.headers?.['Content-Type'] === 'application/yaml';
    const expected = isYaml && typeof recorded === 'string' ? (parseYaml(recorded) as JsonValue) : recorded;
    const differences = this.compareHead(exchange, answer);
    differences.push(...this.bindings.compare(expected, parse(text, answer), 'body'));
    for (const [index, call] of (exchange.webhookCalls ?? []).entries()) {
      differences.push(...this.bindings.compare(call.request, this.hooks.asked[index]?.request, `webhook[${index}]`));
      differences.push(...this.bindings.compare(call.path, this.hooks.asked[index]?.path, `webhook[${index}].path`));
    }
    return differences;
  }

  private compareHead(exchange: Exchange, answer: Dispatcher.ResponseData): string[] {
    const differences = this.bindings.compare(exchange.response.status, answer.statusCode, 'status');
    for (const name of ['Content-Type', 'Warning', 'Retry-After']) {
      const actual = [answer.headers[name.toLowerCase()] ?? []].flat().join(', ');
      differences.push(...this.bindings.compare(exchange.response.headers?.[name] ?? '', actual, name));
    }
    return differences;
  }

  private async send({ request: recorded, note }: Exchange): Promise<Dispatcher.ResponseData> {
    const { token, ...rest } = recorded.headers ?? {};
    const headers: { [name: string]: string } = { accept: 'application/json' };
    for (const [name, value] of Object.entries(rest)) headers[name.toLowerCase()] = value;
    if (token !== undefined) headers.authorization = `Bearer ${this.tokens[token]}`;
    if (note !== 'no User-Agent header') headers['user-agent'] = 'heddle/0.1';
    const body = recorded.body === undefined ? undefined : this.bodyText(recorded.body);
    const path = recorded.path.replaceAll(/<(?:rv|continue|uid)-\d+>/g, (name) => encodeURIComponent(this.bindings.fill(name)));
    const method = recorded.method as Dispatcher.HttpMethod;
    return request(this.sandbox.url + path, { method, headers, body, dispatcher: this.agent, bodyTimeout: 20_000 });
  }

  private bodyText(body: JsonValue): string {
    const text = typeof body === 'string' ? body : JSON.stringify(withinReach(body));
    const bundle = Buffer.from(this.hooks.authority.pair.cert).toString('base64');
    const placed = text.replaceAll('<time>', '2001-01-01T00:00:00Z').replaceAll('<ca-bundle>', bundle);
    return this.bindings.fill(placed.replaceAll(RECORDED_HOOK, `127.0.0.1:${this.hooks.port}`));
  }

  /** What was recorded, as it would read with this run's addresses and within the stand-in's reach. */
  private local(value: JsonValue): JsonValue {
    const text = JSON.stringify(withinReach(value));
    return JSON.parse(text.replaceAll(RECORDED_HOOK, `127.0.0.1:${this.hooks.port}`)) as JsonValue;
  }

  private async playWatch(exchange: Exchange, id: string): Promise<string[]> {
    const answer = await this.send(exchange);
    const differences = this.compareHead(exchange, answer);
    const lines: JsonValue[] = [];
    let ended = false;
    const reading = readLines(answer, lines).then(() => (ended = true));
    await wait(50);
    for (const [index, during] of (exchange.during ?? []).entries()) {
      this.results.push({ id: `${id}.during[${index}]`, what: during.request.method, differences: await this.playOne(during) });
    }
    const expected = exchange.response.body as JsonValue[];
    const closes = exchange.response.closedByServer === true;
    for (const deadline = Date.now() + 12_000; Date.now() < deadline && !ended; ) {
      if (!closes && lines.length >= expected.length) break;
      await wait(20);
    }
    if (!closes && !ended) await wait(100);
    if (closes !== ended) differences.push(`closed by server: expected ${closes}, got ${ended}`);
    answer.body.destroy();
    await reading;
    differences.push(...this.bindings.compare(expected, lines, 'body'));
    return differences;
  }

  /** resourceVersions must rise in the recorded order. */
  private checkOrder(): void {
    const values = this.transcript.rvOrder.map((name) => this.bindings.get(name)).filter((value) => value !== undefined);
    const sorted = [...values].sort((a, b) => Number(a) - Number(b));
    const differences = values.join() === sorted.join() ? [] : [`versions in another order: ${values.join(' ')}`];
    this.results.push({ id: `${this.transcript.file}[order]`, what: 'order of resourceVersions', differences });
  }
}

async function readLines(answer: Dispatcher.ResponseData, lines: JsonValue[]): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of answer.body) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.push(JSON.parse(part) as JsonValue);
    }
  } catch (error) {
    // The reader hangs up on a watch that the server keeps open.
    if (!(error instanceof Error) || (error.name !== 'AbortError' && !/aborted/.test(error.message))) throw error;
  }
}

function parse(text: string, answer: Dispatcher.ResponseData): JsonValue {
  const type = String(answer.headers['content-type']);
  if (type === 'application/yaml') return parseYaml(text) as JsonValue;
  const isJson = type.startsWith('application/json');
  return isJson ? (JSON.parse(text) as JsonValue) : text;
}
