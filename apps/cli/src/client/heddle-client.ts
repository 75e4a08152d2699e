import type { Page, Problem } from '@heddle/contracts';
import { request } from 'undici';
import type { Login } from '../config.ts';

/** The gateway refused; `problem` says what, why and what to do. */
export class RefusedError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'RefusedError';
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | undefined>;

/** The gateway gives no more at once. */
const MOST_OF_A_PAGE = 500;

/** The REST API, thin. */
export class HeddleClient {
  constructor(private readonly login: Login) {}

  get<Result>(path: string, query: Query = {}): Promise<Result> {
    return this.send('GET', path, query);
  }

  /** What is for people to read, as it comes. */
  text(path: string, query: Query = {}): Promise<string> {
    return this.fetch('GET', path, query);
  }

  post<Result>(path: string, body: unknown = {}): Promise<Result> {
    return this.send('POST', path, {}, body);
  }

  patch<Result>(path: string, body: unknown): Promise<Result> {
    return this.send('PATCH', path, {}, body);
  }

  delete<Result>(path: string): Promise<Result> {
    return this.send('DELETE', path, {});
  }

  /** All pages, one after the other. */
  async all<Item>(path: string, query: Query = {}): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<Item> = await this.get(path, { ...query, ...(cursor && { cursor }) });
      items.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return items;
  }

  /** The first ones, over as many pages as it takes, and whether there are more. */
  async upTo<Item>(path: string, query: Query, most: number): Promise<{ items: Item[]; more: boolean }> {
    const items: Item[] = [];
    for (let cursor: string | undefined; ;) {
      const page: Page<Item> = await this.get(path, { ...query, limit: Math.min(most - items.length, MOST_OF_A_PAGE), ...(cursor !== undefined && { cursor }) });
      items.push(...page.items);
      if (page.next === null || items.length >= most) return { items, more: page.next !== null };
      cursor = page.next;
    }
  }

  private async send<Result>(method: Method, path: string, query: Query, body?: unknown): Promise<Result> {
    return JSON.parse(await this.fetch(method, path, query, body)) as Result;
  }

  private async fetch(method: Method, path: string, query: Query, body?: unknown): Promise<string> {
    const url = new URL(`/api/v1/${path}`, this.login.url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const response = await request(url, {
      method, headersTimeout: 35_000, bodyTimeout: 35_000,
      headers: { authorization: `Bearer ${this.login.token}`, 'user-agent': 'heddle-cli', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Error(`${this.login.url} can't be reached: ${cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause)}`, { cause });
    });
    const text = await response.body.text();
    if (response.statusCode < 400) return text;
    throw new RefusedError(problemOf(text, response.statusCode));
  }
}

function problemOf(text: string, status: number): Problem {
  try {
    const parsed = JSON.parse(text) as Problem;
    if (parsed.code) return parsed;
  } catch {
    // Not of Heddle: a proxy in between answered.
  }
  return { type: 'about:blank', title: `HTTP ${status}`, status, detail: `The server answered HTTP ${status}.`, code: 'NET-000', remedy: 'Check the address: is it the gateway?' };
}
