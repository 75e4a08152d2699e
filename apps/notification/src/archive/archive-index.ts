import { type Lease, LeaseLost, Logger } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { Archive, faultOf } from './archive.ts';
import { EventDays } from './event-days.ts';

/**
 * Notes the days again that the archive has and the database does not know: after it was lost, or brought back from a copy.
 * Their manifests are believed; what they say is compared with the events before one of these is restored or replayed.
 */
@Injectable()
export class ArchiveIndex {
  constructor(private readonly archive: Archive, private readonly days: EventDays, private readonly logger: Logger) {}

  /** @returns whether the whole archive could be looked through; what can't be read of it alone is told and left out */
  async complete(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const known = new Set((await this.days.all()).map(({ manifest }) => manifest?.object));
    let found = 0;
    try {
      for await (const object of this.archive.objects()) {
        signal.throwIfAborted();
        if (!known.has(object) && await this.note(lease, object)) found += 1;
      }
    } catch (error) {
      if (error instanceof LeaseLost || signal.aborted) throw error;
      this.logger.warn('the archive could not be looked through for days that the database does not know; it is tried again', { error, remedy: faultOf(error).remedy });
      return false;
    }
    if (found > 0) this.logger.info('found days in the archive that the database did not know', { objects: found });
    return true;
  }

  private async note(lease: Lease, object: string): Promise<boolean> {
    try {
      return await this.days.found(lease, await this.archive.manifest(object));
    } catch (error) {
      if (faultOf(error).code !== 'BUS-073') throw error;
      this.logger.error('a day of the archive can not be used', { object, error, remedy: faultOf(error).remedy });
      return false;
    }
  }
}
