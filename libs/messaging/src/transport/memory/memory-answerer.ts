import type { Answer, Answerer } from '../transport.ts';
import { until } from '../until.ts';
import type { MemoryBroker } from './memory-broker.ts';
import type { MemoryLink } from './memory-link.ts';

/** An {@link Answerer} on a memory broker. */
export class MemoryAnswerer implements Answerer {
  #stopListening: (() => void) | undefined;

  constructor(private readonly queue: string, private readonly answer: Answer, private readonly link: MemoryLink, private readonly broker: MemoryBroker) {
    link.onDown(() => broker.removeAnswerer(queue, answer));
  }

  start(): void {
    this.#stopListening ??= this.link.onUp(() => this.broker.addAnswerer(this.queue, this.answer));
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return until(timeoutMs, (reached) => this.link.onUp(reached));
  }

  async cancel(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.broker.removeAnswerer(this.queue, this.answer);
  }

  async close(): Promise<void> {
    await this.cancel();
  }
}
