import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy } from './address-policy.ts';
import { OutboundGuard } from './outbound-guard.ts';

let hits = 0;
const server = createServer((request, response) => {
  hits++;
  if (request.url === '/large') response.end('x'.repeat(2_000));
  else if (request.url === '/redirect') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  else if (request.url !== '/never') response.end('fine');
});
let base: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => { server.closeAllConnections(); server.close(); });

const open = new OutboundGuard({ policy: addressPolicy('true'), allowHttp: true });
const closed = new OutboundGuard({ policy: addressPolicy('false'), allowHttp: true });
afterAll(() => Promise.all([open.close(), closed.close()]));

describe('OutboundGuard', () => {
  it('reaches an address that is allowed', async () => {
    expect((await open.request(base)).body.toString()).toBe('fine');
  });

  it('connects to no address that is not', async () => {
    const before = hits;
    await expect(closed.request(base)).rejects.toThrow(/may not reach/);
    await expect(closed.check('https://localhost/')).rejects.toThrow(/may not reach/);
    expect(hits).toBe(before);
  });

  it('refuses schemes other than https and ssh', async () => {
    const guard = new OutboundGuard({ policy: addressPolicy('true'), allowHttp: false });
    await expect(guard.check('http://127.0.0.1/')).rejects.toThrow(/scheme 'http:'/);
    await expect(guard.check('file:///etc/passwd')).rejects.toThrow(/scheme 'file:'/);
    await guard.close();
  });

  it('follows no redirect', async () => {
    expect((await open.request(`${base}/redirect`)).status).toBe(302);
  });

  it('gives up on an answer that is too large', async () => {
    await expect(open.request(`${base}/large`, { maxBytes: 1_000 })).rejects.toThrow(/larger than 1000 bytes/);
  });

  it('gives up when the answer never comes', async () => {
    await expect(open.request(`${base}/never`, { timeoutMs: 50 })).rejects.toThrow();
  });

  it('names a host that does not resolve', async () => {
    await expect(open.check('https://no-such-host.invalid/')).rejects.toMatchObject({ code: 'NET-001' });
  });
});
