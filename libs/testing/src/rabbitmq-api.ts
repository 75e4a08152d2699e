/** RabbitMQ's HTTP API; a call takes milliseconds, rabbitmqctl 1.8 s. */
export class RabbitmqApi {
  private readonly base: string;
  private readonly authorization: string;

  /** @param managementUrl with user and password, `http://user:password@host:15672` */
  constructor(managementUrl: string) {
    const { origin, username, password } = new URL(managementUrl);
    this.base = `${origin}/api`;
    this.authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  }

  get user(): string {
    return Buffer.from(this.authorization.slice('Basic '.length), 'base64').toString('utf8').split(':')[0] ?? '';
  }

  /** @param path below `/api`, its parts percent-encoded; @throws on any answer but 2xx */
  async call<T = unknown>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.base + path, {
      method,
      // A kept connection would fail the first call after the broker has restarted.
      headers: { authorization: this.authorization, 'content-type': 'application/json', connection: 'close' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`RabbitMQ answered ${answer.status} to ${method} ${path}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
