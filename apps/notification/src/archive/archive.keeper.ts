import type { ArchiveManifest } from '@heddle/contracts';
import { Clock, Conflict, type Lease, LeaseLost, Leases, Logger, Metrics, dayOf, sleep } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { EventPartitions } from '../event-log/event-partitions.ts';
import { Archive, faultOf } from './archive.ts';
import { ArchiveIndex } from './archive-index.ts';
import { EventDays } from './event-days.ts';
import { RestoredDays } from './restored-days.ts';

/** What was logged just before midnight may be committed a little after it. */
const COMPLETE_AFTER_MS = 10 * 60_000;

/**
 * Archives the days that are complete, and drops those that are old from the log: not before the archive has been read
 * back and compared, once after writing and once more before the drop. What fails keeps the day and is tried again.
 */
@Injectable()
export class ArchiveKeeper implements OnApplicationBootstrap {
  readonly #failed;
  readonly #archived;

  constructor(
    private readonly leases: Leases, private readonly partitions: EventPartitions, private readonly archive: Archive, private readonly days: EventDays,
    private readonly restored: RestoredDays, private readonly index: ArchiveIndex, private readonly clock: Clock, private readonly logger: Logger, metrics: Metrics, @Inject(CONFIG) private readonly config: NotificationConfig,
  ) {
    this.#failed = metrics.gauge('heddle_archive_failed_days', 'Days of the event log that could not be archived');
    this.#archived = metrics.counter('heddle_archive_days_total', 'Days of the event log by what became of them', ['result']);
  }

  onApplicationBootstrap(): void {
    if (!this.archive.store) this.logger.info('there is no archive: old days of the event log are dropped', { afterDays: this.config.HEDDLE_EVENT_LOG_DAYS, remedy: 'HEDDLE_ARCHIVE names one' });
    this.leases.holdEach({
      name: 'archive', keys: async () => ['events'],
      work: async (_key, lease, signal) => {
        try {
          for (let indexed = false; !signal.aborted;) {
            // Before anything is archived or dropped: what the archive has must not be written over by what a copy of the database has.
            indexed ||= this.archive.store === undefined || await this.index.complete(lease, signal);
            if (indexed) await this.round(lease, signal);
            else this.#failed.set(Math.max(1, await this.days.failures())); // no day can be archived
            await sleep(this.config.HEDDLE_ARCHIVE_CHECK_SECONDS * 1_000, signal);
          }
        } finally {
          this.#failed.set(0); // who holds the archive next tells
        }
      },
    });
  }

  /** Looks at every day once. */
  async round(lease: Lease, signal: AbortSignal): Promise<void> {
    await this.restored.dropExpired(lease);
    if (!this.archive.store) return;
    const today = dayOf(new Date(this.clock.now().getTime() - COMPLETE_AFTER_MS));
    for (const day of (await this.partitions.kept()).filter((kept) => kept < today)) await this.guarded(lease, signal, day, () => this.keep(lease, day));
    for (const day of await this.partitions.olderThan(this.config.HEDDLE_EVENT_LOG_DAYS)) await this.guarded(lease, signal, day, () => this.drop(day));
    this.#failed.set(await this.days.failures());
  }

  /** Archives a day unless it is archived as the log has it. What the archive has more of it than the log stays as it is, and the rest becomes an object of its own. */
  private async keep(lease: Lease, day: string): Promise<void> {
    const { first, last } = await this.days.extent(day);
    const rows = (await this.days.of(day)).filter((row) => BigInt(row.first_position) >= BigInt(first));
    if (rows.every(({ state }) => state !== 'failed') && rows.some(({ state, manifest }) => state === 'archived' && BigInt(manifest?.lastPosition ?? -1) >= BigInt(last))) return;
    const left: ArchiveManifest[] = [];
    for (let from: string | null = first; from !== null; from = (await this.days.outside(day, left)).first) {
      lease.assertValid();
      const stored = await this.archive.stored(day, from, rows.find((row) => row.first_position === from)?.manifest ?? null);
      if (!stored || !await this.archive.hasMore(stored)) {
        await this.write(lease, day, from);
        break;
      }
      left.push(stored);
    }
    for (const manifest of left) {
      await this.days.archived(lease, manifest);
      this.logger.warn('the archive has more of a day than the log; it is left as it is', { day, events: manifest.events, object: manifest.object });
    }
  }

  private async write(lease: Lease, day: string, first: string): Promise<void> {
    const manifest = await this.archive.write(day, first);
    await this.days.archived(lease, manifest);
    this.#archived.inc({ result: 'archived' });
    this.logger.info('archived a day of the event log', { day, events: manifest.events, bytes: manifest.bytes, object: manifest.object });
  }

  /** Drops a day that the archive has; one that could not be archived stays. */
  private async drop(day: string): Promise<void> {
    const { first } = await this.days.extent(day);
    const rows = (await this.days.of(day)).filter((row) => BigInt(row.first_position) >= BigInt(first));
    const manifests = rows.flatMap(({ state, manifest }) => (state === 'archived' && manifest ? [manifest] : []));
    if (manifests.length === 0 || rows.some(({ state }) => state === 'failed')) return;
    for (const manifest of manifests) {
      await this.archive.verify(manifest);
      await this.archive.hasMore(manifest); // it may: what counts is that it has all of the log's
    }
    await this.partitions.drop(day, async (tx) => {
      const { events } = await this.days.outside(day, manifests, tx);
      if (events === 0) return;
      throw new Conflict({ code: 'BUS-076', message: `The log has ${events} events of ${day} that came after it was archived.`, remedy: 'None needed: the day is archived anew.' });
    });
    this.#archived.inc({ result: 'dropped' });
    this.logger.info('dropped a day from the event log; the archive has it', { day, objects: manifests.map(({ object }) => object) });
  }

  private async guarded(lease: Lease, signal: AbortSignal, day: string, work: () => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    try {
      await work();
    } catch (error) {
      if (error instanceof LeaseLost || signal.aborted) throw error;
      this.#archived.inc({ result: 'failed' });
      this.logger.error('a day of the event log could not be archived; the log keeps it', { day, error, remedy: faultOf(error).remedy });
      await this.days.failed(lease, day, (await this.days.extent(day)).first, error);
    }
  }
}
