import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import ssh2, { type Connection, type ParsedKey, type ServerChannel, type Session } from 'ssh2';
import { makeBareRepositories } from './bare-repositories.ts';
import { gitEnvironment } from './git-environment.ts';

export interface SshGitServer {
  port: number;
  /** The only key that is let in, OpenSSH PEM. */
  clientKey: string;
  /** The line for known_hosts. */
  knownHosts: string;
  /** Commands that were run, as the client sent them. */
  commands: string[];
  /** `ssh://git@127.0.0.1:<port>/<repo>.git` */
  url(repo: string): string;
  path(repo: string): string;
  close(): Promise<void>;
}

const TRIES = 20;

/** ssh2 1.17 now and then writes an ed25519 key that it can't read itself: such a one is thrown away. */
function generateKeyPair(): { private: string; public: string } {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
  throw new Error(`ssh2 made no key that it can read in ${TRIES} tries`);
}

/** Serves bare repositories over SSH on 127.0.0.1 to the user `git` with one generated key. */
export async function startSshGitServer({ repos }: { repos: string[] }): Promise<SshGitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-ssh-git-'));
  await makeBareRepositories(folder, repos);
  const hostKey = generateKeyPair();
  const clientKey = generateKeyPair();
  const allowed = ssh2.utils.parseKey(clientKey.public);
  if (allowed instanceof Error) throw allowed;
  const commands: string[] = [];
  const clients = new Set<Connection>();

  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => clients.delete(client));
    authenticate(client, allowed);
    client.on('session', (accept) => serveGit(accept(), folder, commands));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('The SSH server has no port'));
      resolve(address.port);
    });
  });
  return {
    port,
    clientKey: clientKey.private,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.public}`,
    commands,
    url: (repo) => `ssh://git@127.0.0.1:${port}/${repo}.git`,
    path: (repo) => join(folder, `${repo}.git`),
    close: async () => {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function authenticate(client: Connection, allowed: ParsedKey): void {
  client.on('authentication', (context) => {
    if (context.method !== 'publickey' || context.username !== 'git') return context.reject(['publickey']);
    if (!context.key.data.equals(allowed.getPublicSSH())) return context.reject(['publickey']);
    // Without a signature the client only asks whether this key would do.
    if (context.signature === undefined || context.blob === undefined) return context.accept();
    if (allowed.verify(context.blob, context.signature, context.hashAlgo) === true) return context.accept();
    context.reject(['publickey']);
  });
}

function serveGit(session: Session, folder: string, commands: string[]): void {
  let protocol = '';
  session.on('env', (accept, _reject, info) => {
    if (info.key === 'GIT_PROTOCOL') protocol = info.val;
    accept?.();
  });
  session.on('exec', (accept, reject, { command }) => {
    const match = /^(git-upload-pack|git-receive-pack) '?\/?([\w.-]+\.git)'?$/.exec(command);
    if (match === null) return reject();
    commands.push(command);
    const [, program, repository] = match as unknown as [string, string, string];
    runGit(accept(), program.slice('git-'.length), join(folder, basename(repository)), protocol);
  });
}

function runGit(channel: ServerChannel, program: string, repository: string, protocol: string): void {
  const child = spawn('git', [program, '--end-of-options', repository], { env: { ...gitEnvironment, GIT_PROTOCOL: protocol } });
  channel.pipe(child.stdin);
  child.stdin.on('error', () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.once('close', () => child.kill());
  child.once('close', (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
