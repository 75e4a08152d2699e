import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@heddle/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataSource, Database } from '@heddle/platform';

/** 'I am ready for a query', which ends what a server says at the start of a connection (PostgreSQL's protocol 3.0, message Z). */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');
/** What a server says that is shut down (message E, SQLSTATE 57P01). */
const SHUT_DOWN = (() => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const head = Buffer.from('E\0\0\0\0', 'latin1');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
})();

let testDatabase: TestDatabase;
let server: Server;
/** Whether new connections are ended in the very packet that says that they are there. */
let ending = false;
let ended = 0;
const sockets = new Set<Socket>();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const { hostname, port } = new URL(testDatabase.url);
  server = createServer((client) => {
    const target = connect(Number(port), hostname);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => { client.destroy(); target.destroy(); });
    }
    client.pipe(target);
    target.on('data', (chunk) => {
      if (!ending || !chunk.subarray(-READY.length).equals(READY)) return void client.write(chunk);
      ended += 1;
      client.end(Buffer.concat([chunk, SHUT_DOWN]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  await testDatabase.drop();
});

/** An `error` that nobody listens to would end the process: the test runner reports it even where each assertion holds. */
it('outlives a connection that PostgreSQL ends in the moment in which it is made', async () => {
  const url = new URL(testDatabase.url);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const source = await createDataSource({ service: 'ended', url: url.href, pool: 2, entities: [], migrations: [] });
  const database = new Database(source);
  // The pool's one connection is busy, so that the next question needs a new one.
  await database.transaction(async (tx) => {
    await tx.query('SELECT 1');
    ending = true;
    await expect(database.query('SELECT 2')).rejects.toThrow();
    ending = false;
    expect(ended).toBeGreaterThan(0);
    expect(await database.query('SELECT 3 AS answer')).toEqual([{ answer: 3 }]);
  });
  await source.destroy();
});
