import { type ArchiveManifest, archiveManifestSchema } from '@heddle/contracts';
import { Clock, Conflict, Database, HeddleError, OutboundGuard, Unavailable } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { type ArchivedEvent, contentHash, DayWriter, damaged, type LoggedLine, readDay } from './archive-format.ts';
import type { ArchiveStore } from './archive-store.ts';
import { firstMissing } from './first-missing.ts';
import { openStore } from './open-store.ts';

const PAGE = 1_000;
const MOST_POSITION = String(2n ** 63n - 1n);
const MANIFEST_BYTES = 65_536;
const MANIFEST = /^(\d{4}-\d\d-\d\d\/\d+)\.manifest\.json$/;

/** Days of the event log as objects: gzip of one JSON object a line, and a manifest beside it. */
@Injectable()
export class Archive {
  /** Absent when there is no archive. */
  store: ArchiveStore | undefined;

  constructor(private readonly database: Database, private readonly clock: Clock, guard: OutboundGuard, @Inject(CONFIG) config: NotificationConfig) {
    this.store = openStore(config, guard);
  }

  /**
   * Writes a day as the log has it now: the events, which are then read back and compared, and only then the manifest.
   * Replaces what is there under the name: see {@link hasMore}.
   * @param first position of the event to begin with
   */
  async write(day: string, first: string): Promise<ArchiveManifest> {
    const store = this.required();
    const object = objectOf(day, first);
    const writer = new DayWriter();
    await store.write(object, writer.compress(this.rows(day, first)));
    const manifest: ArchiveManifest = { format: 1, day, object, ...writer.measure(), archivedAt: this.clock.now().toISOString() };
    await this.verifyData(manifest);
    await store.write(manifestOf(object), once(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)));
    await this.verifyManifest(manifest);
    return manifest;
  }

  /** Reads all of an archived day and its manifest. @throws Stalled `BUS-073` when they are not as they were written, NotFound when one is missing */
  async verify(manifest: ArchiveManifest): Promise<void> {
    await this.verifyManifest(manifest);
    await this.verifyData(manifest);
  }

  /**
   * The manifest that stands beside an object.
   * @throws Stalled `BUS-073` when it can't be read, or is that of another object; NotFound when there is none
   */
  async manifest(object: string): Promise<ArchiveManifest> {
    const day = object.split('/', 1)[0]!;
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of this.required().read(manifestOf(object))) {
      if ((bytes += part.length) > MANIFEST_BYTES) throw damaged({ object, day }, 'the manifest is too large');
      parts.push(part);
    }
    const stored = archiveManifestSchema.safeParse(json(Buffer.concat(parts)));
    if (!stored.success) throw damaged({ object, day }, 'the manifest can\'t be read');
    if (stored.data.object !== object || objectOf(stored.data.day, stored.data.firstPosition) !== object) throw damaged({ object, day }, 'the manifest is that of another object');
    return stored.data;
  }

  /**
   * What {@link write} would replace: the manifest that is there under the name, or that was noted where it can't be read.
   * @returns absent when there is none: what was written of a day without one never came to its end
   * @throws Conflict `BUS-077` when it can't be read and nothing was noted
   */
  async stored(day: string, first: string, noted: ArchiveManifest | null): Promise<ArchiveManifest | undefined> {
    const object = objectOf(day, first);
    try {
      return await this.manifest(object);
    } catch (error) {
      const { code, message } = faultOf(error);
      if (code === 'BUS-070') return undefined;
      if (code !== 'BUS-073') throw error;
      if (noted) return noted;
      throw notReplaced(object, message, error);
    }
  }

  /**
   * Whether the archive has events that the log lacks, where that was brought back from an older copy: these would be lost
   * if the log's were written over them.
   * @throws Conflict `BUS-077` when the log lacks some and has others in their place, Stalled `BUS-073` when it lacks some and the archive is damaged
   */
  async hasMore(manifest: ArchiveManifest): Promise<boolean> {
    const { day, firstPosition, lastPosition } = manifest;
    if (await contentHash(this.rows(day, firstPosition, lastPosition)) === manifest.contentSha256) return false;
    const missing = await firstMissing(this.rows(day, firstPosition, lastPosition), this.lines(manifest));
    if (missing === undefined) return true;
    throw notReplaced(manifest.object, `It has not the event at position ${missing} that the log has, and others that the log has not.`);
  }

  /** The objects of the archive that have a manifest, in no order. */
  async* objects(): AsyncGenerator<string> {
    for await (const name of this.required().list()) if (MANIFEST.test(name)) yield name.replace(MANIFEST, '$1.ndjson.gz');
  }

  /** The events of a day, compared with the manifest when all were read; see {@link readDay}. */
  lines(manifest: ArchiveManifest): AsyncGenerator<ArchivedEvent> {
    return readDay(this.required().read(manifest.object), manifest);
  }

  private async verifyData(manifest: ArchiveManifest): Promise<void> {
    for await (const _ of this.lines(manifest));
  }

  private async verifyManifest(manifest: ArchiveManifest): Promise<void> {
    const stored = await this.manifest(manifest.object);
    const wrong = (Object.keys(manifest) as (keyof ArchiveManifest)[]).filter((field) => stored[field] !== manifest[field]);
    if (wrong.length > 0) throw damaged(manifest, `the manifest has another ${wrong.join(', ')}`);
  }

  private async* rows(day: string, first: string, last = MOST_POSITION): AsyncGenerator<LoggedLine[]> {
    for (let after = String(BigInt(first) - 1n); ;) {
      const page = await this.database.query<LoggedLine>(
        `SELECT position::text, json_build_object('position', position::text, 'logged_at', to_char(logged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'event', body)::text AS line
         FROM event WHERE logged_on = $1 AND position > $2::bigint AND position <= $4::bigint ORDER BY event.position LIMIT $3`, [day, after, PAGE, last]);
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.position;
    }
  }

  private required(): ArchiveStore {
    if (this.store) return this.store;
    throw new Unavailable({ code: 'BUS-075', message: 'There is no archive.', remedy: 'Name one by HEDDLE_ARCHIVE of notification.' });
  }
}

/** The code and remedy of what went wrong, for people. */
export function faultOf(error: unknown): { code: string; message: string; remedy: string } {
  if (error instanceof HeddleError) return { code: error.code, message: error.message, remedy: error.remedy };
  return { code: 'SYS-001', message: error instanceof Error ? error.message : String(error), remedy: 'Look into the log of notification.' };
}

function notReplaced(object: string, why: string, cause?: unknown): Conflict {
  return new Conflict({
    code: 'BUS-077', message: `${object} of the archive is not written over with what the log has of its day. ${why}`, cause,
    remedy: 'The log keeps the day. Move the object and its manifest to a place of your own; the day is archived then as the log has it.',
  });
}

function objectOf(day: string, firstPosition: string): string {
  return `${day}/${firstPosition}.ndjson.gz`;
}

function manifestOf(object: string): string {
  return object.replace(/\.ndjson\.gz$/, '.manifest.json');
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
