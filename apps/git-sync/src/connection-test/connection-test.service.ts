import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionTest } from '@heddle/contracts';
import { Clock, Database, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { GitFailure } from '../git/git-failure.ts';
import { GitRemotes } from '../git/git-remotes.ts';
import { reach } from '../git/guarded-tunnel.ts';
import { branchRef, type Mirror } from '../git/mirror.ts';
import { certificateBundle, type Remote, type RemoteContext, type RemoteSession } from '../git/remote-session.ts';
import { findRepository } from '../repositories/find-repository.ts';
import { RepositorySecrets } from '../repositories/repository-secrets.ts';
import { runSteps, type TestStep } from './test-steps.ts';

/** Less than the asker waits, so that the answer names the step that hung. */
const DEADLINE_MS = 18_000;
const CONNECT_MS = 5_000;

export interface TestRequest {
  repository: string;
  branch?: string | undefined;
  directory?: string | undefined;
}

/** Tries the way to a repository step by step, past the breaker, and changes nothing. */
@Injectable()
export class ConnectionTestService {
  constructor(
    private readonly database: Database,
    private readonly remotes: GitRemotes,
    private readonly secrets: RepositorySecrets,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async test(request: TestRequest): Promise<ConnectionTest> {
    const repository = await findRepository(this.database.dataSource.manager, request.repository);
    const remote = this.secrets.remoteOf(repository);
    const mirror = this.remotes.scratchMirror(this.ids.uuid());
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const target = { branch: request.branch ?? repository.defaultBranch, directory: (request.directory ?? '').replace(/^\/+|\/+$/g, '') };
    try {
      const steps = [...this.connectionSteps(remote), ...this.gitSteps(remote, mirror, target, signal)];
      return await runSteps(steps, () => this.clock.monotonicMs());
    } finally {
      await mirror.destroy();
    }
  }

  private connectionSteps(remote: Remote): TestStep[] {
    const { url } = remote;
    const context: RemoteContext = this.remotes.context();
    const open = (): Promise<Socket> => reach({ host: url.host, port: url.port, resolve: context.resolve, connectTimeoutMs: CONNECT_MS });
    return [
      { step: 'resolve', run: async () => `${url.host} has the address ${await context.resolve(url.host)}.` },
      { step: 'connect', run: async () => {
        (await open()).destroy();
        return `${url.host}:${url.port} answers.`;
      } },
      { step: 'tls', run: async () => (url.scheme === 'https' ? shakeHands(await open(), remote) : null) },
    ];
  }

  private gitSteps(remote: Remote, mirror: Mirror, target: { branch: string; directory: string }, signal: AbortSignal): TestStep[] {
    const use = <T>(work: (session: RemoteSession) => Promise<T>) => this.remotes.use('test', remote, work);
    let heads: Map<string, string> | GitFailure | null = null;
    return [
      // One listing answers both steps: what git refuses for other reasons than credentials belongs to the second.
      { step: 'authenticate', run: async () => {
        await mirror.ensure();
        heads = await use((session) => mirror.listBranches(session, null, signal)).catch(asGitFailure);
        if (heads instanceof GitFailure && AUTHENTICATION.has(heads.reason)) throw heads;
        return remote.credentials.type === 'none' ? 'No credentials are needed.' : 'The credentials are accepted.';
      } },
      { step: 'list-branches', run: async () => {
        if (heads instanceof GitFailure) throw heads;
        return `The repository has ${heads!.size} branch(es).`;
      } },
      { step: 'branch', run: async () => {
        if ((heads as Map<string, string>).has(target.branch)) return `Branch ${target.branch} exists.`;
        throw new GitFailure('BranchMissing', `The repository has no branch ${target.branch}.`);
      } },
      { step: 'directory', run: () => (target.directory === '' ? Promise.resolve(null) : use((session) => this.readDirectory(session, mirror, target, signal))) },
    ];
  }

  private async readDirectory(session: RemoteSession, mirror: Mirror, { branch, directory }: { branch: string; directory: string }, signal: AbortSignal): Promise<string> {
    await mirror.fetchHead(session, branch, signal);
    const reader = mirror.reader(signal);
    try {
      const found = await reader.info(`${branchRef(branch)}:${directory}`);
      if (found?.type === 'tree') return `Directory ${directory} exists.`;
      throw new GitFailure('DirectoryMissing', `Branch ${branch} has no directory ${directory}.`);
    } finally {
      reader.close();
    }
  }
}

const AUTHENTICATION = new Set(['AuthenticationRefused', 'HostKeyMismatch', 'PrivateKeyUnreadable']);

function asGitFailure(error: unknown): GitFailure {
  if (error instanceof GitFailure) return error;
  throw error;
}

function shakeHands(socket: Socket, { url, certificateAuthority }: Remote): Promise<string> {
  const host = url.host.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const secure = connectTls({
      socket, host, ...(isIP(host) ? {} : { servername: host }),
      ...(certificateAuthority === null ? {} : { ca: certificateBundle(certificateAuthority) }),
    });
    const end = (settle: () => void) => {
      secure.destroy();
      socket.destroy();
      settle();
    };
    secure.setTimeout(CONNECT_MS, () => end(() => reject(new GitFailure('TimedOut', `${host} did not finish the TLS handshake within ${CONNECT_MS / 1000} s.`))));
    secure.once('error', (cause) => end(() => reject(new GitFailure('TlsUntrusted', `The certificate of ${host} is not trusted: ${cause.message}.`, { cause }))));
    secure.once('secureConnect', () => end(() => resolve(`The certificate of ${host} is trusted.`)));
  });
}
