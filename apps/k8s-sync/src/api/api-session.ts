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

/** HTTP/2 streams per connection: 17 watches and the lists fit in one. */
const MAX_STREAMS = 128;

/**
 * So many requests in a row without any answer, and the connection is taken for dead: a socket whose other end is gone
 * without a word stays open for minutes, and HTTP/2 would send every further request into it. (undici's own pings did
 * not end such a session in a test.)
 */
const DEAD_AFTER = 2;

/** What carries the requests to one API server. */
interface Pools {
  /** Requests without a body: one HTTP/2 session, or HTTP/1.1 sockets where the server speaks no more. */
  bare: Pool;
  /**
   * Requests with a body, over HTTP/1.1 alone. When one of these is given up in HTTP/2 before its body has left, as happens
   * with a server or a machine under load, Node.js (seen with 26.10) writes empty DATA frames for it without end, within one
   * call: the process answers nothing any more and takes gigabytes within seconds.
   */
  withBody: Pool;
}

/** The connections to one API server. */
export class ApiSession {
  #pools: Pools;
  readonly #origin: string;
  readonly #prefix: string;
  #admitted = false;
  #closed = false;
  #unanswered = 0;
  #lastAnswerAt = performance.now();

  constructor(
    private readonly credentials: ApiCredentials,
    private readonly options: ApiSessionOptions,
  ) {
    const url = new URL(credentials.server);
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#pools = this.#connect();
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
      this.#answered();
      const text = await readCapped(response.body, request.maxBytes);
      return { status: response.statusCode, body: parseBody(text, response.headers), retryAfterSeconds: retryAfter(response.headers) };
    } catch (error) {
      if (deadline.aborted) this.#timedOut();
      if (deadline.aborted) throw new Unreachable('TimedOut', `${this.server}: no answer within ${request.deadlineMs} ms`, { cause: error });
      throw toUnreachable(error, this.server);
    }
  }

  /** Opens a stream; the caller reads the body and owns its deadlines. A refusal is read whole. */
  async open(request: Omit<ApiRequest, 'deadlineMs'> & { signal: AbortSignal; headersTimeoutMs: number }): Promise<{ stream: Dispatcher.ResponseData['body'] } | { refusal: KubeAnswer }> {
    try {
      const response = await this.#dispatch(request, request.signal, request.headersTimeoutMs);
      this.#answered();
      if (response.statusCode === 200) return { stream: response.body };
      const text = await readCapped(response.body, request.maxBytes);
      return { refusal: { status: response.statusCode, body: parseBody(text, response.headers), retryAfterSeconds: retryAfter(response.headers) } };
    } catch (error) {
      const unreachable = toUnreachable(error, this.server);
      if (unreachable.reason === 'TimedOut') this.#timedOut();
      throw unreachable;
    }
  }

  /** Something was silent for too long: unless the server answered anything in that time, the connection is made anew. */
  suspect(silentForMs: number): void {
    if (performance.now() - this.#lastAnswerAt >= silentForMs) this.#renew();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await destroyed(this.#pools);
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#lastAnswerAt = performance.now();
  }

  #timedOut(): void {
    this.#unanswered += 1;
    if (this.#unanswered >= DEAD_AFTER) this.#renew();
  }

  #renew(): void {
    if (this.#closed) return;
    const dead = this.#pools;
    this.#pools = this.#connect();
    this.#answered();
    // What still waits on it fails as a broken connection does, and is tried again.
    void destroyed(dead);
  }

  #connect(): Pools {
    const { credentials, options } = this;
    const pool = (allowH2: boolean) => new Pool(this.#origin, {
      allowH2,
      connections: 96,
      pipelining: 1,
      maxConcurrentStreams: MAX_STREAMS,
      connectTimeout: options.connectTimeoutMs ?? 4_000,
      connect: {
        ...(credentials.certificateAuthority !== null && { ca: credentials.certificateAuthority }),
        ...(credentials.clientCertificate && { cert: credentials.clientCertificate.certificate, key: credentials.clientCertificate.key }),
        lookup: options.lookup,
        timeout: options.connectTimeoutMs ?? 4_000,
      },
    });
    return { bare: pool(true), withBody: pool(false) };
  }

  async #dispatch(request: Omit<ApiRequest, 'deadlineMs'>, signal: AbortSignal, headersTimeoutMs: number): Promise<Dispatcher.ResponseData> {
    if (!this.#admitted) {
      await this.options.admit?.();
      this.#admitted = true;
    }
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    return this.#pools[body === null ? 'bare' : 'withBody'].request({
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

async function destroyed({ bare, withBody }: Pools): Promise<void> {
  await Promise.all([bare.destroy(), withBody.destroy()]);
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
