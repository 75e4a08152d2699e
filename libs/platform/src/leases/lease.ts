import type { EntityManager } from 'typeorm';
import { rowsOf } from '../database/database.ts';

/** The lease that some work ran under was taken over, or can't be confirmed; the work must stop and leave no trace. */
export class LeaseLost extends Error {
  constructor(readonly key: string, readonly epoch: number) {
    super(`The lease '${key}' of epoch ${epoch} is no longer held`);
    this.name = 'LeaseLost';
  }
}

/** How late it is noticed at most, during a request, that the lease can't be confirmed. */
const LOOK_EVERY_MS = 250;

/** Sole ownership of what `key` names, until it is released or lost. */
export class Lease {
  readonly #lost = new AbortController();

  constructor(
    readonly key: string,
    /** Rises with each change of owner; travels with what is written under the lease. */
    readonly epoch: number,
    private readonly owner: string,
    private readonly confirmed: () => boolean,
    private readonly giveBack: (lease: Lease) => Promise<void>,
  ) {}

  /** Aborted when the lease is lost or released. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** True while nobody else can have taken it over: checked before each request to the outside. */
  valid(): boolean {
    return !this.#lost.signal.aborted && this.confirmed();
  }

  /** @throws LeaseLost unless {@link valid}. */
  assertValid(): void {
    if (!this.valid()) throw new LeaseLost(this.key, this.epoch);
  }

  /**
   * Runs a request to the outside that must not outlive the lease: refused unless the lease is {@link valid}, aborted when it
   * is lost or can't be confirmed any more, which is seconds before anybody can take over.
   * @param outer aborts the request as well
   * @throws LeaseLost when it was not begun; what `request` throws otherwise
   */
  async during<Result>(request: (signal: AbortSignal) => Promise<Result>, outer?: AbortSignal): Promise<Result> {
    this.assertValid();
    const unconfirmed = new AbortController();
    const timer = setInterval(() => { if (!this.valid()) unconfirmed.abort(new LeaseLost(this.key, this.epoch)); }, LOOK_EVERY_MS);
    try {
      return await request(AbortSignal.any([unconfirmed.signal, this.signal, ...(outer ? [outer] : [])]));
    } finally {
      clearInterval(timer);
    }
  }

  /** Makes the transaction's commit depend on the lease: the row is locked against a take-over until then. @throws LeaseLost */
  async assertIn(tx: EntityManager): Promise<void> {
    const rows = await rowsOf(tx, `SELECT 1 FROM lease WHERE key = $1 AND owner = $2 AND epoch = $3 FOR SHARE`, [this.key, this.owner, this.epoch]);
    if (rows.length === 0) {
      this.lose();
      throw new LeaseLost(this.key, this.epoch);
    }
  }

  /** Lets others have it at once. */
  async release(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    this.lose();
    await this.giveBack(this);
  }

  /** Called by the heartbeat when the row shows another owner. */
  lose(): void {
    this.#lost.abort(new LeaseLost(this.key, this.epoch));
  }
}
