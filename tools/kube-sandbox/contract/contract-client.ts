import { Agent, request, type Dispatcher } from 'undici';
import type { JsonObject, JsonValue } from '../src/kube-object.ts';
import type { ContractServer } from './contract-server.ts';

export interface ContractAnswer {
  status: number;
  headers: { [name: string]: string | string[] | undefined };
  /** Parsed JSON, or the text where it is none. */
  body: JsonObject;
}

export interface RecordedExchange {
  request: { method: string; path: string; headers: { [name: string]: string }; body?: JsonValue };
  response: { status: number; headers: { [name: string]: string }; body: JsonValue };
}

export interface SendOptions {
  /** Instead of the administrator's; null for none at all. */
  token?: string | null;
  contentType?: string;
}

export const MERGE = 'application/merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const JSON_PATCH = 'application/json-patch+json';

/** A bare client: one request, one answer, all of it visible. Keeps what was said, for recordings. */
export class ContractClient {
  readonly exchanges: RecordedExchange[] = [];
  private readonly agent: Agent;
  private readonly anonymous: Agent;

  constructor(private readonly server: ContractServer) {
    const { ca, cert, key, serverName } = server;
    const base = { ...(ca === undefined ? {} : { ca }), ...(serverName === undefined ? {} : { servername: serverName }) };
    this.agent = new Agent({ connect: { ...base, ...(cert === undefined ? {} : { cert, key }) } });
    this.anonymous = new Agent({ connect: base });
  }

  async close(): Promise<void> {
    await Promise.all([this.agent.destroy(), this.anonymous.destroy()]);
  }

  async send(method: Dispatcher.HttpMethod, path: string, body?: JsonValue, options: SendOptions = {}): Promise<ContractAnswer> {
    const response = await this.open(method, path, body, options);
    const text = await response.body.text();
    const isJson = String(response.headers['content-type']).includes('json');
    const parsed = (isJson ? JSON.parse(text) : { text }) as JsonObject;
    this.record(method, path, body, options, response, isJson ? parsed : text);
    return { status: response.statusCode, headers: response.headers, body: parsed };
  }

  /** Sends, and throws with the server's words when the status is another. */
  async expect(status: number, method: Dispatcher.HttpMethod, path: string, body?: JsonValue, options?: SendOptions): Promise<ContractAnswer> {
    const answer = await this.send(method, path, body, options);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  apply(path: string, object: JsonValue, manager: string, query = '', options: SendOptions = {}): Promise<ContractAnswer> {
    return this.send('PATCH', `${path}?fieldManager=${manager}${query}`, object, { ...options, contentType: APPLY });
  }

  async open(method: Dispatcher.HttpMethod, path: string, body: JsonValue | undefined, options: SendOptions, signal?: AbortSignal) {
    const own = options.token === undefined;
    const token = own ? this.server.token : options.token;
    const headers: { [name: string]: string } = { accept: 'application/json', 'user-agent': 'heddle-contract' };
    if (body !== undefined) headers['content-type'] = options.contentType ?? 'application/json';
    if (token !== null && token !== undefined) headers.authorization = `Bearer ${token}`;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return request(this.server.url + path, { method, headers, body: text, dispatcher: own ? this.agent : this.anonymous, bodyTimeout: 0, signal });
  }

  private record(method: string, path: string, body: JsonValue | undefined, options: SendOptions, response: Dispatcher.ResponseData, answer: JsonValue): void {
    const headers: { [name: string]: string } = {};
    for (const name of ['content-type', 'warning', 'retry-after']) {
      const value = response.headers[name];
      if (value !== undefined) headers[name] = [value].flat().join(', ');
    }
    const who = options.token === undefined ? 'admin' : options.token === null ? 'none' : 'other';
    const sent = { user: who, ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }) };
    this.exchanges.push({
      request: { method, path, headers: sent, ...(body === undefined ? {} : { body }) },
      response: { status: response.statusCode, headers, body: answer },
    });
  }
}
