import type { LookupFunction } from 'node:net';
import { Pool, type Dispatcher } from 'undici';
import type { KubeAnswer } from './kube-answer.ts';
import { toUnreachable, Unreachable } from './unreachable.ts';

/** Where an API server is and how to be let in. */
export interface ApiCredentials {
  readonly server: string;
  /** PEM; null: the system's roots. */
  readonly certificateAuthority: string | null;
  /** Asked for at each request, never kept in a header object. */
  readonly token: (() => string) | null;
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | null;
}

export interface ApiSessionOptions {
  /** Resolves names through the guard on addresses. */
  readonly lookup: LookupFunction;
  readonly userAgent: string;
  /** Checks the address before the first connection; an address without a name is never looked up. @throws what the guard throws */
  readonly admit?: () => Promise<void>;
  readonly connectTimeoutMs?: number;
  /** A connection that does not answer a ping for this long is given up. */
  readonly pingIntervalMs?: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** The whole request, answer included, is aborted after this. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** HTTP/2 streams per connection: 17 watches and 64 writes fit in one. */
const MAX_STREAMS = 128;

/** The connection to one API server: one HTTP/2 session, or a pool of HTTP/1.1 sockets where the server speaks no more. */
export class ApiSession {
  readonly #pool: Pool;
  readonly #prefix: string;
  #admitted = false;

  constructor(
    private readonly credentials: ApiCredentials,
    private readonly options: ApiSessionOptions,
  ) {
    const url = new URL(credentials.server);
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#pool = new Pool(url.origin, {
      allowH2: true,
      connections: 96,
      pipelining: 1,
      maxConcurrentStreams: MAX_STREAMS,
      pingInterval: options.pingIntervalMs ?? 15_000,
      connectTimeout: options.connectTimeoutMs ?? 4_000,
      connect: {
        ...(credentials.certificateAuthority !== null && { ca: credentials.certificateAuthority }),
        ...(credentials.clientCertificate && { cert: credentials.clientCertificate.certificate, key: credentials.clientCertificate.key }),
        lookup: options.lookup,
        timeout: options.connectTimeoutMs ?? 4_000,
      },
    });
  }

  get server(): string {
    return this.credentials.server;
  }

  /** @throws Unreachable when no complete answer came in time. Any HTTP status is an answer. */
  async request(request: ApiRequest): Promise<KubeAnswer> {
    const deadline = AbortSignal.timeout(request.deadlineMs);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    try {
      const response = await this.#dispatch(request, signal, request.deadlineMs);
      const text = await readCapped(response.body, request.maxBytes);
      return { status: response.statusCode, body: parseBody(text, response.headers), retryAfterSeconds: retryAfter(response.headers) };
    } catch (error) {
      if (deadline.aborted) throw new Unreachable('TimedOut', `${this.server}: no answer within ${request.deadlineMs} ms`, { cause: error });
      throw toUnreachable(error, this.server);
    }
  }

  /** Opens a stream; the caller reads the body and owns its deadlines. A refusal is read whole. */
  async open(request: Omit<ApiRequest, 'deadlineMs'> & { signal: AbortSignal; headersTimeoutMs: number }): Promise<{ stream: Dispatcher.ResponseData['body'] } | { refusal: KubeAnswer }> {
    try {
      const response = await this.#dispatch(request, request.signal, request.headersTimeoutMs);
      if (response.statusCode === 200) return { stream: response.body };
      const text = await readCapped(response.body, request.maxBytes);
      return { refusal: { status: response.statusCode, body: parseBody(text, response.headers), retryAfterSeconds: retryAfter(response.headers) } };
    } catch (error) {
      throw toUnreachable(error, this.server);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #dispatch(request: Omit<ApiRequest, 'deadlineMs'>, signal: AbortSignal, headersTimeoutMs: number): Promise<Dispatcher.ResponseData> {
    if (!this.#admitted) {
      await this.options.admit?.();
      this.#admitted = true;
    }
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    return this.#pool.request({
      method: request.method,
      path: `${this.#prefix}${request.path}`,
      headers: {
        accept: 'application/json',
        'user-agent': this.options.userAgent,
        ...(this.credentials.token && { authorization: `Bearer ${this.credentials.token()}` }),
        ...(body !== null && { 'content-type': request.contentType ?? 'application/json' }),
      },
      body,
      signal,
      headersTimeout: headersTimeoutMs,
      bodyTimeout: 0,
    });
  }
}

async function readCapped(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      body.destroy();
      throw new Unreachable('AnswerTooLarge', `the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Headers = Dispatcher.ResponseData['headers'];

function parseBody(text: string, headers: Headers): unknown {
  if (!String(headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Unreachable('ConnectionLost', 'the answer says it is JSON and is not', { cause });
  }
}

/** Seconds, or an HTTP date. */
function retryAfter(headers: Headers): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1_000);
}
