import { describeError, HeddleError, type Breaker } from '@heddle/platform';
import type { ApiClient } from '../api/api-client.ts';
import { connectionReasonOf, type ConnectionReason } from '../api/connection-reason.ts';
import { messageOf, type KubeAnswer } from '../api/kube-answer.ts';
import { toUnreachable } from '../api/unreachable.ts';
import type { ConnectionMonitor, Source } from './connection-monitor.ts';

/** The breaker lets nothing through; nothing was sent. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';

  constructor(readonly retryAfterMs: number, message: string) {
    super(message);
  }
}

/** The caller thought better of it: nothing was sent, and it says nothing about the cluster. */
export class NotSent extends Error {
  override readonly name: string = 'NotSent';
}

/** What the breaker counts. */
export function countsAgainstCluster(error: unknown): boolean {
  return !(error instanceof NotSent);
}

/** An answer that counts against the server (401, 5xx): thrown through the breaker, returned to the caller. */
class IllAnswer extends Error {
  constructor(readonly answer: KubeAnswer, readonly reason: ConnectionReason) {
    super(messageOf(answer));
  }
}

/** The way to one cluster of one revision: its client behind its breaker, watched by its monitor. */
export class ClusterLink {
  readonly #closed = new AbortController();

  constructor(
    readonly fabricId: string,
    readonly revision: number,
    readonly namespace: string,
    private readonly client: ApiClient,
    private readonly breaker: Breaker,
    private readonly monitor: ConnectionMonitor,
  ) {}

  get server(): string {
    return this.client.server;
  }

  /** Aborted when the cluster was changed or removed. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** @param source of a probe the answer alone says nothing yet: see {@link passed}. @throws BreakerOpen, Unreachable */
  async ask(request: (client: ApiClient) => Promise<KubeAnswer>, source: Source = 'traffic'): Promise<KubeAnswer> {
    return this.guarded(request, (answer) => answer, source);
  }

  /** Runs any exchange behind the breaker; `answerOf` finds the HTTP answer in its result, where there is one. @throws BreakerOpen, Unreachable */
  async guarded<Result>(exchange: (client: ApiClient) => Promise<Result>, answerOf: (result: Result) => KubeAnswer | null, source: Source = 'traffic'): Promise<Result> {
    let result: Result | undefined;
    try {
      await this.breaker.fire(async () => {
        result = await exchange(this.client);
        this.#judge(answerOf(result));
      });
      if (source === 'traffic') this.monitor.succeeded('traffic');
      return result as Result;
    } catch (error) {
      return this.#failed(error, result);
    }
  }

  /** A probe found nothing wrong. */
  passed(): void {
    this.monitor.succeeded('probe');
  }

  /** This process watches the cluster from now on, perhaps after another one: what it finds next is told. */
  watchedAnew(): void {
    this.monitor.forget();
  }

  /** A finding about the connection that is not a failed request, e.g. a missing right. */
  report(reason: ConnectionReason, message: string): void {
    this.monitor.failed(reason, message);
  }

  /** A watch was silent for so long that the connection may be dead. */
  suspect(silentForMs: number): void {
    this.client.suspect(silentForMs);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.client.close();
  }

  #judge(answer: KubeAnswer | null): void {
    const reason = answer === null ? 'Connected' : connectionReasonOf(answer);
    if (reason !== 'Connected') throw new IllAnswer(answer!, reason);
  }

  #failed<Result>(error: unknown, result: Result | undefined): Result {
    if (error instanceof NotSent) throw error;
    if (error instanceof IllAnswer) {
      this.monitor.failed(error.reason, error.message);
      return result as Result;
    }
    const open = asBreakerOpen(error);
    if (open) throw open;
    const unreachable = toUnreachable(error, this.server);
    // Closing the link breaks its own requests: that says nothing about the cluster.
    if (!this.#closed.signal.aborted) this.monitor.failed(unreachable.reason, unreachable.message);
    throw unreachable;
  }
}

/** Retry of what met an open breaker without a known end: while its one trial call is under way. */
const TRIAL_MS = 500;

function asBreakerOpen(error: unknown): BreakerOpen | null {
  if (error instanceof HeddleError && error.details?.['reason'] === 'BreakerOpen') {
    return new BreakerOpen((error.retryAfterSeconds ?? 1) * 1_000, error.message);
  }
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'EOPENBREAKER' || code === 'ESHUTDOWN' ? new BreakerOpen(TRIAL_MS, describeError(error)) : null;
}

