import type { JsonObject } from '../src/kube-object.ts';
import type { ContractClient } from './contract-client.ts';

export interface WatchEvent {
  type: string;
  object: JsonObject & { metadata: { name?: string; resourceVersion?: string } };
}

/** One watch, read as far as the server sends it. `ended` settles when the server ends it or `stop` is called. */
export class ContractWatch {
  readonly events: WatchEvent[] = [];
  status = 0;
  readonly ended: Promise<void>;
  private readonly abort = new AbortController();

  constructor(client: ContractClient, path: string) {
    this.ended = this.read(client, path);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }

  seen(): string[] {
    return this.events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
  }

  private async read(client: ContractClient, path: string): Promise<void> {
    let rest = '';
    try {
      const response = await client.open('GET', path, undefined, {}, this.abort.signal);
      this.status = response.statusCode;
      for await (const chunk of response.body) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.events.push(JSON.parse(line) as WatchEvent);
      }
    } catch (error) {
      if (!this.abort.signal.aborted) throw error;
    }
  }
}
