import type { Page, Problem } from '@heddle/contracts';

/** What the gateway answered. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** The REST API as a script of an operator's would call it. */
export class Rest {
  constructor(readonly url: string, readonly token: string) {}

  async send<Body = Problem>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method, signal: AbortSignal.timeout(25_000),
      headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }

  /** @throws with the problem unless it is answered with 2xx. */
  async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.send<Body>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get<Body>(path: string): Promise<Body> {
    return this.call<Body>('GET', path);
  }

  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page<Item> = await this.get(`${path}${path.includes('?') ? '&' : '?'}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      items.push(...page.items);
      cursor = page.next;
    }
    return items;
  }
}
