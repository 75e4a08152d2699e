/** Lets so many through at a time; the others wait in their order. */
export class Turnstile {
  readonly #queue: (() => void)[] = [];
  #inside = 0;

  constructor(private readonly width: number) {}

  async pass<Result>(fn: () => Promise<Result>): Promise<Result> {
    if (this.#inside >= this.width) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#inside += 1;
    try {
      return await fn();
    } finally {
      const next = this.#queue.shift();
      // Whoever leaves hands the place on.
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
