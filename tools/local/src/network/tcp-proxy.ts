import { connect, createServer, type Server, type Socket } from 'node:net';

/** `requests`: from whoever connected to the target; `answers`: back. */
export type ProxyDirection = 'requests' | 'answers';

/** Stands between a program and what it connects to, so that a test can take that away and give it back. */
export class TcpProxy {
  readonly #sockets = new Map<Socket, ProxyDirection>();
  readonly #server: Server;
  readonly #held = new Set<ProxyDirection>();
  readonly #stranded = new Set<Socket>();
  #down = false;
  #waiting: Socket[] = [];

  private constructor(private readonly target: URL, private readonly defaultPort: number) {
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (client) => this.accept(client));
  }

  /** Listens on a free port of 127.0.0.1. @param defaultPort of the target, where its URL names none */
  static async before(url: string, defaultPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url), defaultPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The target's URL, through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
    return address.port;
  }

  /** Ends every connection and takes no more: both sides notice at once. */
  cut(): void {
    this.#down = true;
    this.#waiting = [];
    for (const socket of [...this.#sockets.keys(), ...this.#stranded]) socket.destroy();
  }

  /**
   * Moves no byte any more and ends nothing, as a network that drops packets: neither side is told.
   * @param directions default both; only when both are held do new connections wait as well
   */
  hold(...directions: ProxyDirection[]): void {
    for (const direction of directions.length === 0 ? ['requests', 'answers'] as const : directions) this.#held.add(direction);
    for (const [socket, direction] of this.#sockets) if (this.#held.has(direction)) socket.pause();
  }

  /** The connections that there are carry nothing any more, and neither side is told: half-open ones, as a firewall that forgets leaves them. New ones work. */
  strand(): void {
    for (const socket of this.#sockets.keys()) {
      this.#stranded.add(socket);
      socket.pause();
    }
    this.#sockets.clear();
  }

  /** Lets everything through again, but for what was stranded; connections that were held go on where they stood. */
  restore(): void {
    this.#down = false;
    this.#held.clear();
    for (const client of this.#waiting.splice(0)) this.join(client);
    for (const socket of this.#sockets.keys()) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.#down) return void client.destroy();
    this.watch(client, 'requests');
    if (this.#held.size === 2) this.#waiting.push(client);
    else this.join(client);
  }

  private join(client: Socket): void {
    if (client.destroyed) return;
    const server = connect({ host: this.target.hostname, port: Number(this.target.port || this.defaultPort), noDelay: true });
    this.watch(server, 'answers');
    for (const [from, to] of [[client, server], [server, client]] as const) {
      from.on('data', (chunk) => { if (!to.write(chunk)) from.pause(); });
      to.on('drain', () => this.resume(from));
      from.on('end', () => to.end());
      from.on('close', () => { if (!this.#stranded.has(to)) to.destroy(); });
      this.resume(from);
    }
  }

  private resume(socket: Socket): void {
    const direction = this.#sockets.get(socket);
    if (direction === undefined || this.#held.has(direction)) socket.pause();
    else socket.resume();
  }

  private watch(socket: Socket, direction: ProxyDirection): void {
    this.#sockets.set(socket, direction);
    socket.on('error', () => socket.destroy()); // its 'close' tells the other side
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#stranded.delete(socket);
    });
  }
}
