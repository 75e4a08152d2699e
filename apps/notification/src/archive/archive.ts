import { type ArchiveManifest, archiveManifestSchema } from '@heddle/contracts';
import { Clock, Database, HeddleError, OutboundGuard, Unavailable } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { type ArchivedEvent, DayWriter, damaged, readDay } from './archive-format.ts';
import type { ArchiveStore } from './archive-store.ts';
import { openStore } from './open-store.ts';

const PAGE = 1_000;
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
   * Doing it again replaces both.
   */
  async write(day: string): Promise<ArchiveManifest> {
    const store = this.required();
    const [first] = await this.database.query<{ position: string }>(`SELECT coalesce(min(position), 0)::text AS position FROM event WHERE logged_on = $1`, [day]);
    const object = objectOf(day, first!.position);
    const writer = new DayWriter();
    await store.write(object, writer.compress(this.rows(day)));
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

  private async* rows(day: string): AsyncGenerator<{ position: string; line: string }[]> {
    for (let after = '0'; ;) {
      const page = await this.database.query<{ position: string; line: string }>(
        `SELECT position::text, json_build_object('position', position::text, 'logged_at', to_char(logged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'event', body)::text AS line
         FROM event WHERE logged_on = $1 AND position > $2::bigint ORDER BY event.position LIMIT $3`, [day, after, PAGE]);
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
