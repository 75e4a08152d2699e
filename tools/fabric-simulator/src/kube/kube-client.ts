import { Agent, type Dispatcher } from 'undici';
import { KubeError } from './kube-error.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import type { Body, KubeObject } from './kube-object.ts';

/** How to reach an API server, as the simulator and its callers hand it around. */
export interface KubeAccess {
  /** Base URL, e.g. `https://127.0.0.1:6443`. */
  server: string;
  /** The server's authority; the system's own where it is left out. */
  caPem?: string;
  token?: string;
  clientCertPem?: string;
  clientKeyPem?: string;
}

export interface ObjectList {
  items: KubeObject[];
  metadata: { resourceVersion: string; continue?: string };
}

const maxThrottled = 20;

/** As much of a Kubernetes client as the simulator needs: JSON requests and line streams. */
export class KubeClient {
  private readonly agent: Agent;

  constructor(private readonly access: KubeAccess) {
    this.agent = new Agent({
      connect: { ca: access.caPem, cert: access.clientCertPem, key: access.clientKeyPem },
      bodyTimeout: 0,
      connections: 64,
    });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  get(path: string): Promise<KubeObject> {
    return this.request('GET', path) as Promise<KubeObject>;
  }

  list(kind: Kind, namespace: string): Promise<ObjectList> {
    return this.request('GET', collectionPath(kind, namespace)) as Promise<ObjectList>;
  }

  create(path: string, object: unknown): Promise<KubeObject> {
    return this.request('POST', path, object) as Promise<KubeObject>;
  }

  replace(path: string, object: unknown): Promise<KubeObject> {
    return this.request('PUT', path, object) as Promise<KubeObject>;
  }

  mergePatch(path: string, patch: unknown): Promise<KubeObject> {
    return this.request('PATCH', path, patch, 'application/merge-patch+json') as Promise<KubeObject>;
  }

  /** Server-side apply; tests and demos write with it. */
  apply(path: string, object: KubeObject, fieldManager: string): Promise<KubeObject> {
    return this.request('PATCH', `${path}?fieldManager=${fieldManager}`, object, 'application/apply-patch+yaml') as Promise<KubeObject>;
  }

  delete(path: string): Promise<unknown> {
    return this.request('DELETE', path);
  }

  /** A 429 is tried again when the server says, as a fresh CRD answers so for a while. */
  private async request(method: Dispatcher.HttpMethod, path: string, body?: unknown, contentType = 'application/json'): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.agent.request({
        origin: this.access.server, path, method,
        headers: this.headers(contentType),
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: 30_000,
      });
      const text = await response.body.text();
      if (response.statusCode < 300) return JSON.parse(text) as unknown;
      if (response.statusCode !== 429 || attempt > maxThrottled) throw KubeError.from(method, path, response.statusCode, text);
      await new Promise((resolve) => setTimeout(resolve, Number(response.headers['retry-after'] ?? 1) * 1000));
    }
  }

  /** The lines of a watch as they come; ends when the server, the network or the signal ends it. */
  async *watchLines(path: string, signal: AbortSignal): AsyncGenerator<Body> {
    const response = await this.agent.request({ origin: this.access.server, path, method: 'GET', headers: this.headers(), signal, headersTimeout: 30_000 });
    if (response.statusCode >= 300) throw KubeError.from('GET', path, response.statusCode, await response.body.text());
    let rest = '';
    response.body.setEncoding('utf8');
    for await (const chunk of response.body) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) yield JSON.parse(line) as Body;
    }
  }

  private headers(contentType?: string): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': 'fabric-simulator',
      ...(contentType && { 'content-type': contentType }),
      ...(this.access.token && { authorization: `Bearer ${this.access.token}` }),
    };
  }
}

export function collectionPath(kind: Kind, namespace: string): string {
  return `/apis/${apiVersionOf(kind)}/namespaces/${namespace}/${kind.plural}`;
}

export function objectPath(kind: Kind, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${name}`;
}
