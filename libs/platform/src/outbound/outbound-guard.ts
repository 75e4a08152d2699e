import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Agent, type Dispatcher, buildConnector, request } from 'undici';
import { Invalid, Unavailable } from '../errors/heddle-error.ts';
import type { AddressPolicy } from './address-policy.ts';

export interface GuardOptions {
  policy: AddressPolicy;
  /** Allow http: beside https: and ssh:. */
  allowHttp: boolean;
}

/** TLS and time-outs towards one remote. */
export interface ConnectionOptions {
  /** PEM bundle that replaces the system's roots. */
  certificateAuthority?: string;
  /** Client certificate and key, PEM. */
  certificate?: string;
  key?: string;
  /** HTTP/2 where the server has it. */
  http2?: boolean;
  connectTimeoutMs?: number;
  /** Most connections per origin. */
  connections?: number;
}

export interface GuardedRequest {
  method?: Dispatcher.HttpMethod;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For the whole exchange, milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Largest answer that is read, bytes; default 1 MiB. */
  maxBytes?: number;
  dispatcher?: Dispatcher;
  signal?: AbortSignal;
}

export interface GuardedResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const SCHEMES = new Set(['https:', 'ssh:']);

/** The one way to an address that a user named: scheme, host and resolved address are checked; redirects are not followed. */
export class OutboundGuard {
  readonly #plain: Agent;

  constructor(private readonly options: GuardOptions) {
    this.#plain = this.dispatcher({});
  }

  /** Checks the URL and every address that its host resolves to. @throws Invalid, Unavailable (name not resolved) */
  async check(url: string | URL): Promise<void> {
    const parsed = this.parse(url);
    await this.resolve(parsed.hostname);
  }

  /** The first allowed address of a host. @throws Unavailable when the name is unknown, Invalid when its address is not allowed. */
  async resolve(hostname: string): Promise<{ address: string; family: number }> {
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host)) {
      this.assertAllowed(host, host);
      return { address: host, family: isIP(host) };
    }
    const addresses = await lookup(host, { all: true }).catch((cause: unknown) => {
      throw new Unavailable({ code: 'NET-001', message: `The host name '${host}' can't be resolved.`, remedy: 'Check the name and the DNS of the machine that Heddle runs on.', details: { reason: 'NameNotResolved' }, cause });
    });
    for (const { address } of addresses) this.assertAllowed(address, host);
    return addresses[0]!;
  }

  /** An undici dispatcher whose every connection passes the guard; the caller closes it. */
  dispatcher(options: ConnectionOptions): Agent {
    const connect = buildConnector({
      timeout: options.connectTimeoutMs ?? 4_000,
      allowH2: options.http2 ?? false,
      ...(options.certificateAuthority && { ca: options.certificateAuthority }),
      ...(options.certificate && { cert: options.certificate }),
      ...(options.key && { key: options.key }),
    });
    return new Agent({
      allowH2: options.http2 ?? false,
      ...(options.connections && { connections: options.connections }),
      connect: (target, callback) => {
        // The name is resolved once, here: what was checked is what is connected to; TLS still verifies the name.
        this.resolve(target.hostname).then(
          ({ address }) => connect({ ...target, hostname: address, servername: target.servername ?? (isIP(target.hostname) ? undefined : target.hostname) } as buildConnector.Options, callback),
          (error: Error) => callback(error, null),
        );
      },
    });
  }

  /** One request, bounded in time and size. */
  async request(url: string | URL, init: GuardedRequest = {}): Promise<GuardedResponse> {
    const parsed = this.parse(url);
    const signal = AbortSignal.any([AbortSignal.timeout(init.timeoutMs ?? 10_000), ...(init.signal ? [init.signal] : [])]);
    const response = await request(parsed, {
      method: init.method ?? 'GET', headers: init.headers, body: init.body, dispatcher: init.dispatcher ?? this.#plain, signal,
    });
    return { status: response.statusCode, headers: response.headers, body: await readUpTo(response.body, init.maxBytes ?? 1_048_576, parsed) };
  }

  async close(): Promise<void> {
    await this.#plain.destroy();
  }

  private parse(url: string | URL): URL {
    let parsed: URL;
    try {
      parsed = new URL(url);
    } catch (cause) {
      throw new Invalid({ code: 'NET-002', message: `'${String(url)}' is not a URL.`, remedy: 'Give an absolute URL with scheme and host.', cause });
    }
    if (!SCHEMES.has(parsed.protocol) && !(parsed.protocol === 'http:' && this.options.allowHttp)) {
      throw new Invalid({ code: 'NET-003', message: `The scheme '${parsed.protocol}' is not allowed for ${parsed.host}.`, remedy: parsed.protocol === 'http:' ? 'Use https, or let the administrator set HEDDLE_ALLOW_HTTP=true.' : 'Use https or ssh.' });
    }
    return parsed;
  }

  private assertAllowed(address: string, host: string): void {
    if (this.options.policy.allows(address)) return;
    throw new Invalid({ code: 'NET-004', message: `${host} has the address ${address}, which Heddle may not reach.`, remedy: 'Use a public address, or let the administrator allow the range with HEDDLE_ALLOW_PRIVATE_ADDRESSES.', details: { reason: 'AddressNotAllowed' } });
  }
}

async function readUpTo(body: AsyncIterable<Buffer>, maxBytes: number, url: URL): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes) throw new Unavailable({ code: 'NET-005', message: `The answer of ${url.host} is larger than ${maxBytes} bytes.`, remedy: 'Check that the URL names the right server.' });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
