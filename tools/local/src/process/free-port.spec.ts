import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, freePorts } from './free-port.ts';

describe('free ports', () => {
  it('are different, and none that a connection may be given', async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
    expect(ports.every((port) => port >= 16_384 && port < 30_000)).toBe(true);
  });

  it('are the preferred one unless it is taken', async () => {
    const [port] = await freePorts(1);
    expect(await freePort(port)).toBe(port);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await freePort(port)).not.toBe(port);
    await new Promise((resolve) => server.close(resolve));
  });
});
