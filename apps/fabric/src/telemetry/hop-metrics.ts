import { Metrics, onCommit } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** A hop of a change: from the commit into Heddle's store, from there into the API server, from there onto the switches. */
export type Hop = 'stored' | 'applied' | 'on_switches';

/** A switch takes seconds to minutes; a commit may be hours old when it is pushed. */
const BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 900, 3_600];

/** How long changes take from hop to hop. */
@Injectable()
export class HopMetrics {
  readonly #seconds;

  constructor(metrics: Metrics) {
    this.#seconds = metrics.histogram('heddle_hop_seconds', 'Time of an object from the hop before to this one: stored (since the commit), applied, on_switches', ['hop'], BUCKETS);
  }

  /** Counted once the transaction has committed. Clocks of others may be ahead of ours: that counts as no time. */
  took(tx: EntityManager, hop: Hop, seconds: readonly number[]): void {
    if (seconds.length > 0) onCommit(tx, () => { for (const each of seconds) this.#seconds.observe({ hop }, Math.max(0, each)); });
  }
}
