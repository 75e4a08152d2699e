import type { BatchOptions } from './consumer.ts';

/** Gathers items into batches, handled one after the other: full ones at once, others after a short wait; what comes meanwhile makes the next. */
export class Batcher<Item> {
  #items: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(private readonly options: BatchOptions, private readonly handle: (items: Item[]) => Promise<void>) {}

  add(item: Item): void {
    this.#items.push(item);
    if (this.#busy) return;
    if (this.#items.length >= this.options.size) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.options.waitMs);
  }

  /** Forgets what waits; a batch in hand goes on. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#items = [];
  }

  private flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items.splice(0, this.options.size);
    if (items.length === 0) return;
    this.#busy = true;
    void this.handle(items).finally(() => {
      this.#busy = false;
      if (this.#items.length > 0) this.flush();
    });
  }
}
