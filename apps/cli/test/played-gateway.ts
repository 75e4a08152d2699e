import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asking } from '../src/commands/session.ts';
import { createProgram } from '../src/program.ts';

export interface Asked {
  method: string;
  /** Path and query. */
  url: string;
  /** The JSON that was sent; null for none. */
  body: unknown;
  authorization: string | undefined;
}

export interface RunOptions {
  env?: Record<string, string>;
  ask?: Asking | undefined;
}

/** Plays the gateway's side, so that each answer can be chosen; the end-to-end tests run the CLI against the real one. */
export class PlayedGateway {
  readonly asked: Asked[] = [];
  /** By method and url: one answer for all times, or a list of which each is given once and the last for ever. Everything else is 404. */
  answers: Record<string, unknown> = {};
  readonly #server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; }).on('end', () => {
      this.asked.push({ method: request.method!, url: request.url!, body: body === '' ? null : JSON.parse(body), authorization: request.headers.authorization });
      const given = this.answers[`${request.method} ${request.url}`];
      const answer: unknown = Array.isArray(given) && given.length > 1 ? given.shift() : [given].flat()[0];
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { code: 'STATE-404', detail: `There is no such thing. (${request.method} ${request.url})`, remedy: 'Look again.', status: 404, title: 'Not Found', type: 'x' }));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was asked and answered. */
  clear(): void {
    this.asked.length = 0;
    this.answers = {};
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Runs `heddle` with these words against it; what it prints, and its exit code. */
  async run(words: readonly string[], { env = {}, ask }: RunOptions = {}): Promise<{ text: string; code: number }> {
    let text = '';
    let code = 0;
    const program = createProgram({ env: { HEDDLE_URL: this.url, HEDDLE_TOKEN: 'tok', ...env }, ask, out: { write: (part) => { text += part; } }, exit: (given) => { code = given; } });
    await program.exitOverride().parseAsync([...words], { from: 'user' });
    return { text, code };
  }
}
