import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Where no system takes ports from for outgoing connections and for those who ask for any (Linux from 32768 on, others from
 * 49152), nor Kubernetes for its services (from 30000 on): there one that was found free is taken within seconds.
 */
const LOWEST = 16_384;
const HIGHEST = 29_999;
const TRIES = 100;

/**
 * A TCP port of 127.0.0.1 that nobody listens on at this moment.
 * The answer may still be taken by another process before it is used, so callers that can't listen on
 * port 0 themselves must try again with a new port when their server says 'address in use'.
 */
export async function freePort(preferred?: number): Promise<number> {
  const [port] = preferred !== undefined && await isFree(preferred) ? [preferred] : await freePorts(1);
  return port!;
}

/** Several free ports at once, all different: each stays reserved until the last is found. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count; tries++) {
      if (tries >= count + TRIES) throw new Error(`No free port on 127.0.0.1 from ${LOWEST} to ${HIGHEST}`);
      const port = randomInt(LOWEST, HIGHEST + 1);
      const server = await tryListen(port);
      if (!server) continue;
      servers.push(server);
      ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(servers.map(closed));
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await tryListen(port);
  if (server) await closed(server);
  return server !== undefined;
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
