import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve as resolvePath, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { Breakers, describeError, HeddleError, Metrics, OutboundGuard, type Breaker } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { GIT_SYNC_CONFIG } from '../config-token.ts';
import { privateParent, type GitSyncConfig } from '../config.ts';
import { GitFailure, type GitFailureReason } from './git-failure.ts';
import { remoteKey } from './git-url.ts';
import { Mirror } from './mirror.ts';
import { RemoteSession, type Remote, type RemoteContext } from './remote-session.ts';
import { makeRunFolder } from './run-folder.ts';

/** Failures that say that the server is ill; the others are about this repository or these credentials. */
const SERVER_ILL = new Set<GitFailureReason>(['HostUnreachable', 'NameNotResolved', 'TimedOut', 'ServerFailed']);
const MIB = 1024 * 1024;
/** How long the end of the process waits for sessions that are open. */
const LONGEST_END_MS = 3_000;

/** The way to all remotes: bounded in number, one breaker each, measured and traced. */
@Injectable()
export class GitRemotes implements OnApplicationShutdown {
  private readonly tracer = trace.getTracer('heddle.git-sync');
  private readonly runFolder: string;
  private readonly waiting: (() => void)[] = [];
  private readonly open = new Set<Promise<unknown>>();
  private active = 0;
  private stopped = false;

  constructor(
    @Inject(GIT_SYNC_CONFIG) private readonly config: GitSyncConfig,
    private readonly guard: OutboundGuard,
    private readonly breakers: Breakers,
    private readonly metrics: Metrics,
  ) {
    this.runFolder = makeRunFolder(privateParent(config));
  }

  /** Sessions end before their folder goes: one that begins meanwhile would bring it back, with a key in it. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await Promise.race([Promise.allSettled(this.open), delay(LONGEST_END_MS, undefined, { ref: false })]);
    rmSync(this.runFolder, { recursive: true, force: true });
  }

  /** The mirror of a repository; its folder is known by the repository's id. */
  mirror(repositoryId: string): Mirror {
    const { config } = this;
    return new Mirror(resolvePath(config.HEDDLE_GIT_FOLDER, `${repositoryId}.git`), config.PATH, {
      listMs: config.HEDDLE_GIT_LIST_SECONDS * 1000, fetchMs: config.HEDDLE_GIT_FETCH_SECONDS * 1000, readMs: 120_000, maxOutputBytes: 256 * MIB, packs: 50,
    });
  }

  /** Ids of the repositories that have a mirror here; read before the table is, so that a new one is never taken for an old. */
  async mirroredRepositories(): Promise<string[]> {
    const names = await readdir(this.config.HEDDLE_GIT_FOLDER).catch(() => []);
    return names.filter((name) => name.endsWith('.git')).map((name) => name.slice(0, -'.git'.length));
  }

  /** A mirror that is thrown away after a test of the connection. */
  scratchMirror(id: string): Mirror {
    return new Mirror(join(this.runFolder, `test-${id}.git`), this.config.PATH, { listMs: 15_000, fetchMs: 15_000, readMs: 15_000, maxOutputBytes: 64 * MIB, packs: 50 });
  }

  /** Opens a session, through the remote's breaker. @throws GitFailure; Unavailable while the breaker is open */
  async contact<T>(kind: string, remote: Remote, signal: AbortSignal, work: (session: RemoteSession, signal: AbortSignal) => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await this.breakerOf(remote).fire((bounded) => this.use(kind, remote, (session) => work(session, bounded)), signal);
    } finally {
      this.leave();
    }
  }

  /** Opens a session past the breaker: somebody asks to know. */
  async use<T>(kind: string, remote: Remote, work: (session: RemoteSession) => Promise<T>): Promise<T> {
    if (this.stopped) throw new GitFailure('Cancelled', `Could not contact ${remote.url.host}: git-sync is stopping`);
    const session = this.measured(kind, remote, () => RemoteSession.use(remote, this.context(), work));
    this.open.add(session);
    try {
      return await session;
    } finally {
      this.open.delete(session);
    }
  }

  context(): RemoteContext {
    return {
      runFolder: this.runFolder, path: this.config.PATH, resolve: (host) => this.resolve(host),
      limits: { connectTimeoutMs: this.config.HEDDLE_GIT_CONNECT_SECONDS * 1000, maxTransferBytes: this.config.HEDDLE_GIT_TRANSFER_MIB * MIB },
    };
  }

  /** After a change of address or credentials the old failures say nothing. */
  forgive(remote: Pick<Remote, 'url'>): void {
    this.breakers.drop(breakerKey(remote));
  }

  private breakerOf(remote: Remote): Breaker {
    return this.breakers.for(breakerKey(remote), {
      subject: `Git server ${remote.url.host}`, timeoutMs: 2 * this.config.HEDDLE_GIT_FETCH_SECONDS * 1000, resetMs: 10_000,
      counts: (error) => error instanceof GitFailure && SERVER_ILL.has(error.reason),
    });
  }

  private async resolve(host: string): Promise<string> {
    try {
      return (await this.guard.resolve(host)).address;
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error;
      throw new GitFailure(error.details?.['reason'] === 'NameNotResolved' ? 'NameNotResolved' : 'AddressNotAllowed', error.message, { cause: error });
    }
  }

  private async measured<T>(kind: string, remote: Remote, work: () => Promise<T>): Promise<T> {
    const operations = this.metrics.counter('heddle_git_operations_total', 'Contacts with Git servers by kind and result', ['kind', 'result']);
    const seconds = this.metrics.histogram('heddle_git_operation_seconds', 'Time of contacts with Git servers', ['kind']);
    const stop = seconds.startTimer({ kind });
    return this.tracer.startActiveSpan(`git ${kind}`, { attributes: { 'server.address': remote.url.host, 'git.kind': kind } }, async (span) => {
      let result = 'Succeeded';
      try {
        return await work();
      } catch (error) {
        result = error instanceof GitFailure ? error.reason : 'Failed';
        span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error) });
        throw error;
      } finally {
        operations.inc({ kind, result });
        stop();
        span.end();
      }
    });
  }

  private async enter(): Promise<void> {
    if (this.active < this.config.HEDDLE_GIT_CONCURRENCY) {
      this.active += 1;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.active -= 1;
  }
}

function breakerKey(remote: Pick<Remote, 'url'>): string {
  return `git ${remoteKey(remote.url)}`;
}
