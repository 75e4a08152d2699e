import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFault } from './controller/fault.ts';
import type { FabricSimulator } from './simulator.ts';

const maxBody = 10_000;

/**
 * The lever of a simulator that runs as a process of its own, on loopback:
 * `PUT /faults/<switch>` with `{"fault": "hang"}` (or "none"), `PUT /delays` with `{"applyDelayMs": 5000}`.
 */
export class LeverServer {
  private constructor(private readonly server: Server, readonly url: string) {}

  static async start(simulator: Pick<FabricSimulator, 'setFault' | 'setDelays'>, port = 0): Promise<LeverServer> {
    const server = createServer((request, response) => {
      pull(simulator, request, response).catch((error: unknown) => send(response, 400, { error: String(error) }));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return new LeverServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function pull(simulator: Pick<FabricSimulator, 'setFault' | 'setDelays'>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, what, name] = (request.url ?? '').split('/');
  if (request.method !== 'PUT') return send(response, 405, { error: 'only PUT' });
  const body = await readJson(request);
  if (what === 'faults' && name) {
    const fault = body.fault;
    if (fault !== 'none' && !isFault(fault)) return send(response, 400, { error: `unknown fault ${String(fault)}` });
    simulator.setFault(decodeURIComponent(name), fault);
  } else if (what === 'delays' && !name) {
    simulator.setDelays(Object.fromEntries(Object.entries(body).map(([key, value]) => [key, milliseconds(key, value)])));
  } else {
    return send(response, 404, { error: 'PUT /faults/<switch> or PUT /delays' });
  }
  send(response, 200, body);
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBody) throw new Error(`the body is over ${maxBody} characters`);
  }
  return JSON.parse(text) as Record<string, unknown>;
}

function milliseconds(key: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) throw new Error(`${key} has to be a number of milliseconds`);
  return value;
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
