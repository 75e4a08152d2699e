import { createServer, type Socket } from 'node:net';

const ALIVE2_REQUEST = 120;
const ALIVE2_X_RESPONSE = 118;
const PORT_PLEASE2_REQUEST = 122;
const PORT2_RESPONSE = 119;
const NAMES_REQUEST = 110;
const NORMAL_NODE = 77;
const TCP_IPV4 = 0;
/** Of the distribution protocol, from OTP 23 on. */
const VERSION = 6;

/** Where the nodes that know of each other are registered: name without host → port. */
export type ErlangNames = Map<string, number>;

export interface EpmdServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Erlang's name server for one node, in this process: it tells that node how the others are reached, which may be
 * through a proxy for each pair of nodes; the real epmd has one answer for everybody.
 * @param names shared by the servers of all nodes of a cluster
 * @param reached the port by which this server's node reaches another, asked with the other's name and own port
 * @see https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#epmd-protocol
 */
export async function startEpmdServer(names: ErlangNames, reached: (name: string, port: number) => number): Promise<EpmdServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()); // a node that was killed
    socket.on('close', () => sockets.delete(socket));
    onRequest(socket, (request) => answer(socket, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The name server has no port');
  const { port } = address;
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function answer(socket: Socket, request: Buffer): void {
    switch (request[0]) {
      case ALIVE2_REQUEST: return register(socket, request);
      case PORT_PLEASE2_REQUEST: return void socket.end(portOf(request.toString('latin1', 1)));
      case NAMES_REQUEST: return void socket.end(Buffer.concat([uint32(port), Buffer.from([...names].map(([name, at]) => `name ${name} at port ${at}\n`).join(''), 'latin1')]));
      default: socket.destroy();
    }
  }

  /** A node is registered for as long as its connection lasts. */
  function register(socket: Socket, request: Buffer): void {
    const length = request.readUInt16BE(9);
    const name = request.toString('latin1', 11, 11 + length);
    names.set(name, request.readUInt16BE(1));
    socket.on('close', () => names.delete(name));
    const creation = Math.floor(Math.random() * 0x7fff_ffff) + 4;
    socket.write(Buffer.concat([Buffer.from([ALIVE2_X_RESPONSE, 0]), uint32(creation)]));
  }

  function portOf(name: string): Buffer {
    const own = names.get(name);
    if (own === undefined) return Buffer.from([PORT2_RESPONSE, 1]);
    const answer = Buffer.from([PORT2_RESPONSE, 0, 0, 0, NORMAL_NODE, TCP_IPV4, 0, VERSION, 0, VERSION, 0, name.length, ...Buffer.from(name, 'latin1'), 0, 0]);
    answer.writeUInt16BE(reached(name, own), 2);
    return answer;
  }
}

/** Requests are preceded by their length, two bytes. */
function onRequest(socket: Socket, take: (request: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      take(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
