/** Heddle's REST API for the demo, as any user of it would call it. */
export class RestClient {
  constructor(private readonly baseUrl: string, private readonly token: string) {}

  /** @returns undefined on 404; @throws with Heddle's own explanation on any other fault */
  async find<T>(path: string): Promise<T | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    return this.read<T>(answer, `GET ${path}`);
  }

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: unknown): Promise<T> {
    return this.read<T>(await this.send(method, path, body), `${method} ${path}`);
  }

  private send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
  }

  private async read<T>(answer: Response, what: string): Promise<T> {
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${what} was answered with ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
