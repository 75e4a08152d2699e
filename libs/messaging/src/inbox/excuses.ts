/**
 * Names of the attempts that were interrupted while the process lived on. Some of their messages never come back to this
 * process, so that only the latest are kept; one that was forgotten is blamed for one attempt more.
 */
export class Excuses {
  readonly #names = new Set<string>();

  constructor(private readonly most = 10_000) {}

  add(name: string): void {
    this.#names.delete(name); // the latest stand last
    this.#names.add(name);
    if (this.#names.size > this.most) this.#names.delete(this.#names.values().next().value!);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  delete(name: string): void {
    this.#names.delete(name);
  }
}
