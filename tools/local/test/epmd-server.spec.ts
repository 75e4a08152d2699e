import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type EpmdServer, type ErlangNames, startEpmdServer } from '../src/rabbitmq/epmd-server.ts';

const servers: EpmdServer[] = [];
afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

async function nameServer(names: ErlangNames, reached: (name: string, port: number) => number = (_, port) => port): Promise<EpmdServer> {
  const server = await startEpmdServer(names, reached);
  servers.push(server);
  return server;
}

const request = (...parts: (number | string)[]) => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))));
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 0xff]), body]);
};
const registration = (name: string, port: number) => request(120, port >> 8, port & 0xff, 77, 0, 0, 6, 0, 5, 0, name.length, name, 0, 0);

async function ask(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function register(port: number, name: string, distribution: number) {
  const socket = connect(port, '127.0.0.1');
  socket.write(registration(name, distribution));
  const [answer] = await once(socket, 'data') as [Buffer];
  return { socket, answer };
}

describe('startEpmdServer', () => {
  it('registers a node while its connection lasts', async () => {
    const names: ErlangNames = new Map();
    const { port } = await nameServer(names);
    const { socket, answer } = await register(port, 'one', 25_672);
    expect([...answer.subarray(0, 2), answer.length]).toEqual([118, 0, 6]);
    expect((await ask(port, request(110))).toString('latin1', 4)).toBe('name one at port 25672\n');
    socket.destroy();
    while (names.size > 0) await new Promise((resolve) => { setTimeout(resolve, 5); });
    expect([...await ask(port, request(122, 'one'))]).toEqual([119, 1]);
  });

  it('tells each node its own way to the others', async () => {
    const names: ErlangNames = new Map();
    const [one, two] = [await nameServer(names), await nameServer(names, () => 4_711)];
    const { socket } = await register(one.port, 'one', 25_672);
    const portOf = async (server: EpmdServer) => (await ask(server.port, request(122, 'one'))).readUInt16BE(2);
    expect([await portOf(one), await portOf(two)]).toEqual([25_672, 4_711]);
    socket.destroy();
  });
});
