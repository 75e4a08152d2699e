import { describeError, sleep } from '@heddle/platform';
import { messageOf, type KubeAnswer } from '../api/kube-answer.ts';
import { Unreachable } from '../api/unreachable.ts';
import { BreakerOpen, type ClusterLink } from '../cluster/cluster-link.ts';
import type { Coalescer } from './coalescer.ts';
import { listKind, ListRefused } from './list-kind.ts';
import type { WatchedKind } from './project-object.ts';
import { readWatch, SilentWatch, type WatchEvent } from './read-watch.ts';
import { SeenObjects } from './seen-objects.ts';
import type { Turnstile } from './turnstile.ts';

export interface WatchTiming {
  /** A silent stream is given up after this. */
  readonly idleMs: number;
  /** The server is asked to end a watch after between two thirds of this and all of it, seconds. */
  readonly timeoutSeconds: number;
  /** First wait after a failure, milliseconds; doubles up to thirty times that. */
  readonly retryMs: number;
}

export interface KindStatus {
  readonly state: 'live' | 'stale' | 'stopped';
  readonly reason: string;
  readonly message: string;
}

export interface KindWatchOptions {
  readonly link: ClusterLink;
  readonly kind: WatchedKind;
  readonly namespace: string;
  readonly coalescer: Coalescer;
  /** Lists of a process are let through a few at a time: each holds a whole kind in memory. */
  readonly lists: Turnstile;
  readonly timing: WatchTiming;
  readonly signal: AbortSignal;
  /** Whether the lease still holds, asked before each list and each watch. */
  readonly mayAsk: () => boolean;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
  readonly onNews: () => void;
  readonly onStatus: (kind: string, status: KindStatus) => void;
}

/** The watch can't go on from where it was; a list is needed. */
class Expired extends Error {
  override readonly name = 'Expired';
}

/** The API server refused the watch, or ended it with an error. */
class WatchRefused extends Error {
  override readonly name = 'WatchRefused';

  constructor(readonly answer: KubeAnswer) {
    super(messageOf(answer));
  }
}

const LONGEST_WAIT_FACTOR = 30;
const GONE = 410;
const SHORT_MS = 500;
/** The lease can't be confirmed just now: it is lost or confirmed within seconds. */
const UNCONFIRMED_MS = 500;
/** A right or a kind that is missing comes back by somebody's hand: no hurry. */
const SLOW_MS = 15_000;

/** Keeps watching one kind of a fabric: lists it, watches from there, and lists again when the watch has lost its place. */
export class KindWatch {
  readonly #seen: SeenObjects;
  #resourceVersion: string | null = null;
  #failures = 0;
  #listedAt = Number.NEGATIVE_INFINITY;
  #status: KindStatus | null = null;
  lastHeardAt: Date | null = null;

  constructor(private readonly options: KindWatchOptions) {
    this.#seen = new SeenObjects(options.kind);
  }

  get objects(): number {
    return this.#seen.size;
  }

  get status(): KindStatus | null {
    return this.#status;
  }

  get kind(): string {
    return this.options.kind.kind;
  }

  /** Runs until the signal aborts; never throws. */
  async run(): Promise<void> {
    const { signal } = this.options;
    while (!signal.aborted) {
      if (!this.options.mayAsk()) {
        await sleep(UNCONFIRMED_MS, signal);
        continue;
      }
      try {
        const startedAt = this.options.monotonicMs();
        if (this.#resourceVersion === null) await this.#list();
        await this.#stream();
        // A server that ends every watch at once must not be asked without pause.
        if (this.options.monotonicMs() - startedAt < SHORT_MS) await sleep(this.options.timing.retryMs, signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  /** Passes on what was held back and is due. */
  release(): void {
    for (const observed of this.#seen.due(this.options.monotonicMs())) {
      this.options.coalescer.change(this.kind, observed);
      this.options.onNews();
    }
  }

  async #list(): Promise<void> {
    const { link, kind, namespace, lists, signal, coalescer } = this.options;
    await lists.pass(async () => {
      const listed = await listKind(link, kind, namespace, signal);
      coalescer.snapshot(this.kind, this.#seen.reset(listed.objects, this.options.monotonicMs()), listed.resourceVersion);
      this.#resourceVersion = listed.resourceVersion;
      this.#listedAt = this.options.monotonicMs();
    });
    this.#alive();
    this.options.onNews();
  }

  async #stream(): Promise<void> {
    const { link, kind, namespace, timing, signal } = this.options;
    const ending = new AbortController();
    const streamSignal = AbortSignal.any([signal, ending.signal]);
    const timeoutSeconds = Math.max(1, Math.round(timing.timeoutSeconds * (2 + Math.random()) / 3));
    try {
      const opened = await link.guarded(
        (client) => client.watch(kind, namespace, { resourceVersion: this.#resourceVersion!, timeoutSeconds, signal: streamSignal }),
        (result) => ('refusal' in result ? result.refusal : null),
      );
      if ('refusal' in opened) throw refused(opened.refusal);
      this.#alive();
      for await (const event of readWatch(opened.stream, timing.idleMs, (reason) => ending.abort(reason))) this.#take(event);
    } catch (error) {
      throw ending.signal.reason instanceof SilentWatch ? ending.signal.reason : error;
    } finally {
      ending.abort();
    }
  }

  #take(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      throw refused({ status: event.object.code ?? 500, body: event.object, retryAfterSeconds: null });
    }
    this.#alive();
    this.#resourceVersion = event.object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') return;
    const observed = event.type === 'DELETED' ? this.#seen.deleted(event.object) : this.#seen.present(event.object, this.options.monotonicMs());
    if (!observed) return;
    this.options.coalescer.change(this.kind, observed);
    this.options.onNews();
  }

  #alive(): void {
    this.#failures = 0;
    this.lastHeardAt = this.options.now();
    this.#become({ state: 'live', reason: 'Watching', message: `${this.kind} is watched.` });
  }

  async #recover(error: unknown): Promise<void> {
    const { timing, signal } = this.options;
    this.#failures += 1;
    if (error instanceof Expired) {
      this.#resourceVersion = null;
      // A server that expires every version at once must not be listed without pause.
      return sleep(this.options.monotonicMs() - this.#listedAt < SHORT_MS ? timing.retryMs : 0, signal);
    }
    if (error instanceof BreakerOpen) {
      this.#become({ state: 'stale', reason: 'ClusterUnreachable', message: error.message });
      return sleep(error.retryAfterMs * (1 + Math.random() / 4), signal);
    }
    if (error instanceof SilentWatch) {
      this.options.link.suspect(timing.idleMs);
      this.#become({ state: 'stale', reason: 'Silent', message: `Nothing came on the watch of ${this.kind} for ${Math.round(timing.idleMs / 1_000)} s; it is opened anew.` });
      return;
    }
    if (error instanceof WatchRefused || error instanceof ListRefused) return this.#refused(error.answer);
    const unreachable = error instanceof Unreachable;
    // A stream that breaks once is opened again at once and is no news.
    if (!unreachable || error.reason !== 'ConnectionLost' || this.#failures > 1) {
      this.#become({ state: 'stale', reason: unreachable ? error.reason : 'WatchFailed', message: describeError(error) });
    }
    await sleep(this.#failures === 1 ? 50 : this.#backoff(), signal);
  }

  async #refused(answer: KubeAnswer): Promise<void> {
    const reason = REASONS[answer.status] ?? (answer.status >= 500 ? 'ServerError' : 'Refused');
    // 429 is what a server says in the first moments of a CRD: wait as long as it asks, and say so only when it goes on.
    if (answer.status !== 429 || this.#failures > 3) this.#become({ state: 'stale', reason, message: messageOf(answer) });
    const slow = reason === 'Forbidden' || (reason === 'KindMissing' && this.#failures > 5);
    const wait = slow ? SLOW_MS : this.#backoff();
    await sleep(answer.retryAfterSeconds === null ? wait : answer.retryAfterSeconds * 1_000, this.options.signal);
  }

  #backoff(): number {
    const { retryMs } = this.options.timing;
    return Math.min(retryMs * LONGEST_WAIT_FACTOR, retryMs * 2 ** Math.min(this.#failures - 1, 10)) * (0.75 + Math.random() / 2);
  }

  #become(status: KindStatus): void {
    if (this.#status?.state === status.state && this.#status.reason === status.reason) return;
    this.#status = status;
    this.options.onStatus(this.kind, status);
  }
}

const REASONS: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'KindMissing', 429: 'TooManyRequests' };

function refused(answer: KubeAnswer): Error {
  return answer.status === GONE ? new Expired() : new WatchRefused(answer);
}
