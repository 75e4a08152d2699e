import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../src/index.ts';

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.before(`tcp://127.0.0.1:${(echo.address() as { port: number }).port}`, 0);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
  });

  const client = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined); // cut by the test
    clients.push(socket);
    await once(socket, 'connect');
    let heard = '';
    socket.on('data', (chunk) => { heard += String(chunk); });
    return { socket, heard: () => heard, hears: async (text: string) => { while (!heard.includes(text)) await once(socket, 'data'); } };
  };

  it('moves bytes both ways', async () => {
    const { socket, hears } = await client();
    socket.write('hello');
    await hears('hello');
  });

  it('holds what is sent, and moves it afterwards', async () => {
    const { socket, heard, hears } = await client();
    socket.write('before');
    await hears('before');
    proxy.hold();
    socket.write('during');
    const late = await client();
    late.socket.write('new one');
    await delay(50);
    expect([heard(), late.heard(), socket.destroyed]).toEqual(['before', '', false]);
    proxy.restore();
    await hears('beforeduring');
    await late.hears('new one');
  });

  it('holds one direction alone', async () => {
    const seen: string[] = [];
    echo.on('connection', (socket) => socket.on('data', (chunk) => seen.push(String(chunk))));
    const { socket, heard, hears } = await client();
    proxy.hold('answers');
    socket.write('asked');
    while (!seen.includes('asked')) await delay(5);
    expect(heard()).toBe('');
    proxy.restore();
    await hears('asked');
  });

  it('strands what there is, and serves what comes', async () => {
    const old = await client();
    old.socket.write('old');
    await old.hears('old');
    proxy.strand();
    old.socket.write('lost');
    const { socket, hears } = await client();
    socket.write('new');
    await hears('new');
    proxy.restore();
    await delay(50);
    expect([old.heard(), old.socket.destroyed]).toEqual(['old', false]);
  });

  it('ends connections when it is cut', async () => {
    const { socket } = await client();
    const closed = once(socket, 'close');
    proxy.cut();
    await closed;
    const refused = await client();
    if (!refused.socket.destroyed) await once(refused.socket, 'close');
    proxy.restore();
    const { socket: again, hears } = await client();
    again.write('back');
    await hears('back');
  });
});
