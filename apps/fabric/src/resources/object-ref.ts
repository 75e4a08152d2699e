import type { ObjectRef } from '@heddle/contracts';

/** Set of objects, each once, in one order: statements over many rows lock them in that order. */
export class ObjectSet {
  readonly #refs = new Map<string, ObjectRef>();

  constructor(refs: Iterable<ObjectRef> = []) {
    this.add(refs);
  }

  add(refs: Iterable<ObjectRef>): this {
    for (const { kind, name } of refs) this.#refs.set(`${kind}/${name}`, { kind, name });
    return this;
  }

  has({ kind, name }: ObjectRef): boolean {
    return this.#refs.has(`${kind}/${name}`);
  }

  get size(): number {
    return this.#refs.size;
  }

  list(): ObjectRef[] {
    return [...this.#refs.keys()].toSorted().map((key) => this.#refs.get(key) as ObjectRef);
  }

  /** As one parameter for `jsonb_to_recordset($n::jsonb) as k(kind text, name text)`. */
  json(): string {
    return JSON.stringify(this.list());
  }
}
