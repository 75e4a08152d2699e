import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP proxy whose connections can be made to swallow everything, without an end, as a failed firewall does. */
export class BlackHole {
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(private readonly server: Server) {}

  static async before(url: string): Promise<BlackHole> {
    const { hostname, port } = new URL(url);
    const server = createServer((inside) => {
      const outside = connect(Number(port), hostname);
      const pair: [Socket, Socket] = [inside, outside];
      hole.#pairs.add(pair);
      for (const socket of pair) socket.on('error', () => undefined).on('close', () => { hole.#pairs.delete(pair); for (const other of pair) other.destroy(); });
      inside.pipe(outside);
      outside.pipe(inside);
    });
    const hole = new BlackHole(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return hole;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What is connected now stays connected and hears nothing any more; new connections work. */
  swallow(): void {
    for (const [inside, outside] of this.#pairs) {
      inside.unpipe(outside);
      outside.unpipe(inside);
      inside.resume();
      outside.resume();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
