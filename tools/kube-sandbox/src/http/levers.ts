import { StatusError } from '../status-error.ts';
import type { RequestInfo } from './request-info.ts';

/** One request as it was seen. `status` is 0 while it has no answer. */
export interface RequestRecord {
  at: number;
  method: string;
  url: string;
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  user: string;
  status: number;
}

export interface InjectedFailure {
  /** Which requests fail; all of them when left out. */
  when?: (request: RequestRecord) => boolean;
  status: number;
  message?: string;
  retryAfterSeconds?: number;
  /** How many requests fail before this one wears off; without end when left out. */
  times?: number;
}

const LOG_LIMIT = 50_000;

/** What a test can pull: latency, failures, a server that hangs; and what it can read: every request. */
export class Levers {
  readonly log: RequestRecord[] = [];
  private latency = 0;
  private readonly silences: ((request: RequestRecord) => boolean)[] = [];
  private readonly failures = new Set<InjectedFailure & { left: number }>();
  private paused: (() => void)[] | undefined;

  constructor(private readonly closed: { readonly value: boolean }) {}

  setLatency(milliseconds: number): void {
    this.latency = milliseconds;
  }

  /** Returns what takes the failure away again. */
  failRequests(failure: InjectedFailure): () => void {
    const entry = { ...failure, left: failure.times ?? Infinity };
    this.failures.add(entry);
    return () => this.failures.delete(entry);
  }

  /** From now on connections are accepted and requests read, but nothing is answered, watches included. */
  pause(): void {
    this.paused ??= [];
  }

  resume(): void {
    const waiting = this.paused ?? [];
    this.paused = undefined;
    for (const run of waiting) run();
  }

  /** Streams that are open now stay open but say nothing more, as when a middlebox has lost them. */
  silence(of: (request: RequestRecord) => boolean): void {
    this.silences.push(of);
  }

  /** Whether the stream that a request of now opens may still speak later. */
  voice(request: RequestRecord): () => boolean {
    const born = this.silences.length;
    return () => !this.silences.slice(born).some((of) => of(request));
  }

  whenRunning(run: () => void): void {
    if (this.paused === undefined) run();
    else this.paused.push(run);
  }

  record(method: string, url: string, info: RequestInfo): RequestRecord {
    const { verb, group, resource, subresource, namespace, name } = info;
    const record = { at: Date.now(), method, url, verb, group, resource, subresource, namespace, name, user: '', status: 0 };
    this.log.push(record);
    if (this.log.length > LOG_LIMIT) this.log.splice(0, LOG_LIMIT / 10);
    return record;
  }

  /** Holds a request back, or makes it fail. */
  async admit(record: RequestRecord): Promise<void> {
    if (this.latency > 0) await new Promise((resolve) => setTimeout(resolve, this.latency));
    if (this.paused !== undefined) await new Promise<void>((resolve) => this.whenRunning(resolve));
    if (this.closed.value) throw new StatusError(503, 'ServiceUnavailable', 'the server is shutting down');
    for (const failure of this.failures) {
      if (failure.left <= 0 || failure.when?.(record) === false) continue;
      failure.left--;
      const details = failure.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: failure.retryAfterSeconds };
      throw new StatusError(failure.status, reasonOf(failure.status), failure.message ?? `injected failure ${failure.status}`, details);
    }
  }

  /** How often each object was written successfully, by `resource/namespace/name`. */
  writes(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const record of this.log) {
      if (!['create', 'update', 'patch', 'delete'].includes(record.verb) || record.status < 200 || record.status >= 300) continue;
      const key = `${record.resource}/${record.namespace}/${record.name}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }
}

const REASONS: { [status: number]: string } = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function reasonOf(status: number): string | undefined {
  return REASONS[status];
}
