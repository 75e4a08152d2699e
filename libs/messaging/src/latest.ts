/**
 * The latest of many values: at least so many of those that were added last, and at most twice as many. The older half is
 * forgotten as a whole: to look for the oldest of a set is to step over all that were deleted before.
 */
export class Latest<Value> {
  #values = new Set<Value>();
  #before = new Set<Value>();

  constructor(private readonly least: number) {}

  add(value: Value): void {
    this.#values.add(value);
    if (this.#values.size < this.least) return;
    this.#before = this.#values;
    this.#values = new Set();
  }

  has(value: Value): boolean {
    return this.#values.has(value) || this.#before.has(value);
  }

  delete(value: Value): void {
    this.#values.delete(value);
    this.#before.delete(value);
  }
}
