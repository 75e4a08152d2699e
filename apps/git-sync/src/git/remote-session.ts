import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { RepositoryCredentials } from '@heddle/contracts';
import { gitEnvironment } from './git-environment.ts';
import type { GitUrl } from './git-url.ts';
import { openTunnel, type GuardedTunnel } from './guarded-tunnel.ts';
import { runGit, type GitRun } from './run-git.ts';

/** A remote with what is needed to get in. */
export interface Remote {
  url: GitUrl;
  credentials: RepositoryCredentials;
  certificateAuthority: string | null;
}

export interface RemoteLimits {
  connectTimeoutMs: number;
  maxTransferBytes: number;
}

export interface RemoteContext {
  /** A private folder, in memory where the system has one; holds keys for the time of one operation. */
  runFolder: string;
  path: string;
  resolve: (host: string) => Promise<string>;
  limits: RemoteLimits;
}

export type RemoteRun = Pick<GitRun, 'doing' | 'args' | 'input' | 'timeoutMs' | 'maxOutputBytes' | 'signal'>;

/** Runs git commands towards one remote, through a tunnel and with credentials that end with the session. */
export class RemoteSession {
  private constructor(
    private readonly remote: Remote,
    private readonly context: RemoteContext,
    private readonly tunnel: GuardedTunnel,
    private readonly folder: string,
    private readonly mayAsk: () => void = () => undefined,
  ) {}

  static async use<T>(remote: Remote, context: RemoteContext, work: (session: RemoteSession) => Promise<T>): Promise<T> {
    await mkdir(context.runFolder, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(context.runFolder, 'op-'));
    const { url } = remote;
    const tunnel = await openTunnel({
      host: url.host, port: url.port, mode: url.scheme === 'ssh' ? 'forward' : 'socks', resolve: context.resolve,
      connectTimeoutMs: context.limits.connectTimeoutMs, maxBytes: context.limits.maxTransferBytes,
    });
    try {
      await writeFiles(folder, remote, tunnel.port, context.limits);
      return await work(new RemoteSession(remote, context, tunnel, folder));
    } finally {
      tunnel.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The same session, that asks before each contact with the server. @param mayAsk throws when there must be none */
  guardedBy(mayAsk: () => void): RemoteSession {
    return new RemoteSession(this.remote, this.context, this.tunnel, this.folder, mayAsk);
  }

  async git(gitDir: string, run: RemoteRun): Promise<Buffer> {
    this.mayAsk();
    const { url, credentials, certificateAuthority } = this.remote;
    const credential = url.scheme === 'ssh' ? undefined : credentialLines(credentials, url.user);
    return runGit({
      ...run,
      credential,
      secrets: secretsOf(credentials),
      tunnelFailure: this.tunnel.failure,
      environment: gitEnvironment(gitDir, this.context.path, {
        remote: url.remote,
        proxy: url.scheme === 'ssh' ? null : `socks5h://127.0.0.1:${this.tunnel.port}`,
        caFile: certificateAuthority === null || url.scheme !== 'https' ? null : join(this.folder, 'ca.pem'),
        sshConfig: url.scheme === 'ssh' ? join(this.folder, 'ssh.conf') : null,
        credentialOnDescriptor: credential !== undefined,
      }),
    });
  }

  bytesReceived(): number {
    return this.tunnel.bytesReceived();
  }
}

/** What git's credential protocol reads; undefined when there is nothing to tell. */
export function credentialLines(credentials: RepositoryCredentials, userOfUrl: string | null): string | undefined {
  if (credentials.type === 'token') return `username=${credentials.username ?? userOfUrl ?? 'git'}\npassword=${credentials.token}\n`;
  if (credentials.type === 'basic') return `username=${credentials.username}\npassword=${credentials.password}\n`;
  return undefined;
}

export function secretsOf(credentials: RepositoryCredentials): string[] {
  switch (credentials.type) {
    case 'token': return [credentials.token, basic(credentials.username ?? 'git', credentials.token)];
    case 'basic': return [credentials.password, basic(credentials.username, credentials.password)];
    case 'ssh': return [credentials.privateKey, ...credentials.privateKey.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))];
    case 'none': return [];
  }
}

/** The system's certificates and the repository's own: curl knows one bundle only. */
export function certificateBundle(own: string): string {
  // A quarter of a megabyte, read once.
  systemCertificates ??= [...new Set([...getCACertificates('system'), ...getCACertificates('default')])].join('\n');
  return `${systemCertificates}\n${own.trim()}\n`;
}

let systemCertificates: string | undefined;

/** ssh without any file or agent of the machine; it goes through the tunnel and checks the key of the real host. */
export function sshConfiguration(folder: string, url: Pick<GitUrl, 'host' | 'port'>, tunnelPort: number, connectTimeoutMs: number): string {
  const alias = url.port === 22 ? url.host : `[${url.host.replace(/^\[|\]$/g, '')}]:${url.port}`;
  return [
    'Host *',
    '  HostName 127.0.0.1', `  Port ${tunnelPort}`, `  HostKeyAlias ${alias}`,
    `  IdentityFile "${folder}/key"`, '  IdentitiesOnly yes', '  IdentityAgent none', '  PreferredAuthentications publickey',
    `  UserKnownHostsFile "${folder}/known_hosts"`, '  GlobalKnownHostsFile /dev/null', '  StrictHostKeyChecking yes',
    '  CheckHostIP no', '  UpdateHostKeys no', '  BatchMode yes', '  ForwardAgent no', '  ClearAllForwardings yes', '  PermitLocalCommand no',
    `  ConnectTimeout ${Math.ceil(connectTimeoutMs / 1000)}`, '  ServerAliveInterval 10', '  ServerAliveCountMax 3', '  LogLevel ERROR', '',
  ].join('\n');
}

async function writeFiles(folder: string, remote: Remote, tunnelPort: number, limits: RemoteLimits): Promise<void> {
  await chmod(folder, 0o700);
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' });
  const { url, credentials, certificateAuthority } = remote;
  if (certificateAuthority !== null) await write('ca.pem', certificateBundle(certificateAuthority));
  if (url.scheme !== 'ssh') return;
  await write('ssh.conf', sshConfiguration(folder, url, tunnelPort, limits.connectTimeoutMs));
  if (credentials.type !== 'ssh') return;
  await write('key', credentials.privateKey.trimEnd().replaceAll('\r\n', '\n') + '\n');
  await write('known_hosts', credentials.knownHosts.trimEnd() + '\n');
}

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
