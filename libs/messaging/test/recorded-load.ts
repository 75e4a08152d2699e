import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { type BatchContext, type BatchItemOf, type MessageContext, OnMessage, OnMessages } from '../src/index.ts';
import type { Commit } from './ledger.ts';
import type { TestService } from './mesh.ts';

/** What may fail in passing is tried again soon, so that a test needn't wait for it. */
const RETRY_DELAYS_MS = [100, 500, 1_000, 2_000, 4_000];

/** Takes commands of the load one by one, as `git-sync`. */
@Controller()
export class TakesSingly {
  @OnMessage('revision.wanted', { retryDelaysMs: RETRY_DELAYS_MS })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query(`INSERT INTO ledger.effect (consumer, id) VALUES ('git-sync', $1)`, [reason]);
  }
}

/** Takes commands of the load in batches, as `k8s-sync`. */
@Controller()
export class TakesBatches {
  @OnMessages('steps.cancel', { batch: { size: 50, waitMs: 4 }, retryDelaysMs: RETRY_DELAYS_MS })
  async onCancel(items: BatchItemOf<'steps.cancel'>[], { tx }: BatchContext): Promise<void> {
    await tx.query(`INSERT INTO ledger.effect (consumer, id) SELECT 'k8s-sync', * FROM unnest($1::text[])`, [items.map(({ data }) => data.reason)]);
  }
}

/** Who is told of each commit; a Ledger, as a rule. */
export interface LoadBooks {
  committed(commit: Commit): void;
  uncertain(commit: Commit): void;
}

export interface RecordedLoadOptions {
  /** Who writes side by side; default 3. */
  writers?: number;
  /** Pause between two commits of a writer, milliseconds; default 10. */
  pauseMs?: number;
  /** Who is to take what is written, in turn; default both. */
  consumers?: readonly ('git-sync' | 'k8s-sync')[];
}

/** Business rows with their messages, each pair in one transaction, committed side by side until it is stopped; the ledger knows of all. */
export class RecordedLoad {
  readonly #writers: Promise<void>[];
  #stopped = false;
  #failures = 0;

  /** @param service `fabric`, whose commands they are */
  constructor(private readonly service: TestService, private readonly ledger: LoadBooks, private readonly options: RecordedLoadOptions = {}) {
    this.#writers = Array.from({ length: options.writers ?? 3 }, () => this.write());
  }

  /** How many commits were not answered. */
  get failures(): number {
    return this.#failures;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  private async write(): Promise<void> {
    const { pauseMs = 10, consumers = ['git-sync', 'k8s-sync'] } = this.options;
    const fabricId = randomUUID();
    for (let count = 0; !this.#stopped; count++) {
      const commit = { id: randomUUID(), consumer: consumers[count % consumers.length]! };
      // Every other one is of the writer's own key, the rest of none.
      await this.commit(commit, count % 4 < 2 ? fabricId : undefined);
      await delay(pauseMs);
    }
  }

  private async commit(commit: Commit, fabricId: string | undefined): Promise<void> {
    const options = fabricId === undefined ? {} : { fabricId };
    const about = fabricId ?? randomUUID();
    try {
      await this.service.database.transaction(async (tx) => {
        await tx.query('INSERT INTO ledger.business (id, consumer) VALUES ($1, $2)', [commit.id, commit.consumer]);
        if (commit.consumer === 'git-sync') await this.service.outbox.add(tx, 'revision.wanted', { fabricId: about, fromTree: null, reason: commit.id }, options);
        else await this.service.outbox.add(tx, 'steps.cancel', { fabricId: about, operationId: randomUUID(), reason: commit.id }, options);
      });
      this.ledger.committed(commit);
    } catch {
      // Whether it was committed before the connection was lost, the business row tells later.
      this.#failures += 1;
      this.ledger.uncertain(commit);
    }
  }
}
