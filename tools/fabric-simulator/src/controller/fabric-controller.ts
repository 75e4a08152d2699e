import type { AgentWriter } from './agent-writer.ts';
import type { SimulatorDelays } from './delays.ts';
import { isCode } from '../kube/kube-error.ts';

const retryMs = 500;

/** Writes the agents again some time after the fabric has changed; one pass at a time, changes in between make another. */
export class FabricController {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly writer: AgentWriter, private readonly delays: SimulatorDelays, private readonly onError: (error: unknown) => void) {}

  changed(): void {
    this.schedule(this.delays.agentDelayMs);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.closed || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const before = this.running ?? Promise.resolve();
      this.running = before.then(() => this.pass());
    }, afterMs);
  }

  private async pass(): Promise<void> {
    if (this.closed) return;
    try {
      await this.writer.writeAll();
    } catch (error) {
      // 409: the cache was behind, which is no news
      if (!isCode(error, 409)) this.onError(error);
      this.schedule(isCode(error, 409) ? 50 : retryMs);
    }
  }
}
