import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeBareRepositories } from './bare-repositories.ts';
import { answerByGit } from './git-http-backend.ts';
import { countGitRequest, noGitRequests, type GitRequestCounts } from './git-request-counts.ts';

export interface GitServerOptions {
  /** Names of the repositories, `network` is served as `/network.git`. */
  repos: string[];
  /** Keeps the repositories here; without it they are removed at the end. */
  folder?: string;
  /** Asked for by Basic authentication; a token is a password with any user name. */
  auth?: { username?: string; password: string };
  tls?: { cert: string; key: string };
  port?: number;
}

export interface GitServer {
  /** `http://127.0.0.1:<port>` or https, without credentials. */
  baseUrl: string;
  port: number;
  /** Counted since the start or the last `resetCounts()`. */
  counts: GitRequestCounts;
  resetCounts(): void;
  /** Answers each request with this status, or normally again after `undefined`. */
  failWith(status: number | undefined): void;
  /** Holds each answer back for this long. */
  delayBy(milliseconds: number): void;
  url(repo: string): string;
  /** The bare repository on disk: pushing to it by its path is not counted. */
  path(repo: string): string;
  close(): Promise<void>;
}

/** Serves bare repositories over smart HTTP on 127.0.0.1, by `git http-backend`. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'heddle-git-'));
  mkdirSync(folder, { recursive: true });
  await makeBareRepositories(folder, options.repos);
  const counts = noGitRequests();
  let failure: number | undefined;
  let holdMs = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (holdMs > 0) await delay(holdMs, undefined, { ref: false });
    if (failure !== undefined) return void response.writeHead(failure).end();
    if (!isAllowed(request, options.auth)) {
      counts.refused += 1;
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    }
    countGitRequest(counts, new URL(request.url ?? '/', 'http://localhost').pathname, body, request.headers['content-encoding']);
    await answerByGit(folder, request, body, response, options.auth?.username ?? 'git');
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The Git server has no port');
  const baseUrl = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`;

  return {
    baseUrl,
    port: address.port,
    counts,
    resetCounts: () => void Object.assign(counts, noGitRequests()),
    failWith: (status) => void (failure = status),
    delayBy: (milliseconds) => void (holdMs = milliseconds),
    url: (repo) => `${baseUrl}/${repo}.git`,
    path: (repo) => join(folder, `${repo}.git`),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function isAllowed(request: IncomingMessage, auth: GitServerOptions['auth']): boolean {
  if (auth === undefined) return true;
  const [scheme, value] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Basic' || value === undefined) return false;
  const [username, ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return password.join(':') === auth.password && (auth.username === undefined || auth.username === username);
}
