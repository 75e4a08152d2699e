import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a service and what it connects to, so that a test can take it away and give it back. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #down = false;

  private constructor(private readonly target: URL, private readonly defaultPort: number) {
    this.#server = createServer((client) => this.accept(client));
  }

  static async before(url: string, defaultPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url), defaultPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The target's URL, through the proxy. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(address.port);
    return url.href;
  }

  /** Cuts every connection and takes no more. */
  cut(): void {
    this.#down = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#down = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.#down) return void client.destroy();
    const server = connect({ host: this.target.hostname, port: Number(this.target.port || this.defaultPort), noDelay: true });
    client.setNoDelay(true);
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
