import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { GitFailure } from './git-failure.ts';

export interface TunnelTarget {
  host: string;
  port: number;
  /** `socks`: speaks SOCKS5 with git's HTTP library; `forward`: passes bytes as they are (ssh). */
  mode: 'socks' | 'forward';
  /** Resolves and checks an address; throws a GitFailure. */
  resolve: (host: string) => Promise<string>;
  connectTimeoutMs: number;
  /** Most bytes that the remote may send. */
  maxBytes: number;
}

/** A way from this machine to exactly one remote, open for one operation of git. */
export interface GuardedTunnel {
  port: number;
  bytesReceived(): number;
  failure(): GitFailure | null;
  close(): void;
}

const SOCKS_ACCEPT = Buffer.from([5, 0]);
const SOCKS_CONNECTED = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const SOCKS_UNREACHABLE = Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);

/**
 * git resolves names itself, after anybody could have checked them; so it gets no network of its own: it speaks to
 * this tunnel, which resolves, checks, connects, counts, and remembers what went wrong. Whatever name git asks for,
 * the tunnel leads to its one target; TLS and ssh still verify the name from end to end.
 */
export async function openTunnel(target: TunnelTarget): Promise<GuardedTunnel> {
  const state = { bytes: 0, failure: null as GitFailure | null, sockets: new Set<Socket>() };
  const server = createServer({ noDelay: true }, (client) => {
    track(state.sockets, client);
    void serve(client, target, state);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytesReceived: () => state.bytes,
    failure: () => state.failure,
    close: () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
    },
  };
}

interface TunnelState { bytes: number; failure: GitFailure | null; sockets: Set<Socket> }

async function serve(client: Socket, target: TunnelTarget, state: TunnelState): Promise<void> {
  try {
    if (target.mode === 'socks') await greet(client);
    const remote = await reach(target);
    track(state.sockets, remote);
    if (client.destroyed) return void remote.destroy();
    if (target.mode === 'socks') client.write(SOCKS_CONNECTED);
    join(client, remote, target, state);
  } catch (error) {
    if (error instanceof GitFailure) state.failure ??= error;
    if (target.mode === 'socks') client.end(SOCKS_UNREACHABLE);
    else client.end();
  }
}

/** The two questions of SOCKS5: methods (version, n, n bytes), then the address, which is read and not followed. */
async function greet(client: Socket): Promise<void> {
  const [, methods] = await readExactly(client, 2);
  await readExactly(client, methods!);
  client.write(SOCKS_ACCEPT);
  const [, , , type] = await readExactly(client, 4);
  const length = type === 1 ? 4 : type === 4 ? 16 : (await readExactly(client, 1))[0]!;
  await readExactly(client, length + 2);
}

async function readExactly(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = bytes === 0 ? Buffer.alloc(0) : (socket.read(bytes) as Buffer | null);
    if (chunk !== null) return chunk;
    if (socket.destroyed || socket.readableEnded) throw new Error('the client left');
    await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
  }
}

/** Connects to the target by a checked address. */
export async function reach(target: Pick<TunnelTarget, 'host' | 'port' | 'resolve' | 'connectTimeoutMs'>): Promise<Socket> {
  const place = `${target.host}:${target.port}`;
  const address = await within(target.connectTimeoutMs, target.resolve(target.host), `${target.host} was not resolved`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: target.port, noDelay: true });
    const fail = (failure: GitFailure) => {
      clearTimeout(timer);
      socket.destroy();
      reject(failure);
    };
    const timer = setTimeout(() => fail(new GitFailure('TimedOut', `${place} did not answer within ${target.connectTimeoutMs / 1000} s`)), target.connectTimeoutMs);
    socket.once('error', (cause: NodeJS.ErrnoException) => fail(new GitFailure('HostUnreachable', `${place} cannot be reached (${cause.code ?? cause.message})`, { cause })));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

async function within<T>(milliseconds: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new GitFailure('TimedOut', `${what} within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function join(client: Socket, remote: Socket, target: TunnelTarget, state: TunnelState): void {
  remote.on('data', (chunk: Buffer) => {
    state.bytes += chunk.length;
    if (state.bytes <= target.maxBytes) return;
    state.failure ??= new GitFailure('LimitExceeded', `${target.host} sent more than ${target.maxBytes} bytes`);
    remote.destroy();
    client.destroy();
  });
  client.pipe(remote).pipe(client);
  for (const [one, other] of [[client, remote], [remote, client]] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
}
