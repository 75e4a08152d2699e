import { type Hash, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createGunzip, createGzip } from 'node:zlib';
import type { ArchiveManifest, Envelope } from '@heddle/contracts';
import { Stalled, describeError } from '@heddle/platform';

/** A line of an archived day. */
export interface ArchivedEvent {
  position: string;
  loggedAt: string;
  event: Envelope;
}

/** An event of the log as the line that it is archived as. */
export interface LoggedLine {
  position: string;
  line: string;
}

/** What is found out about a day while it is written or read. */
export type DayMeasure = Pick<ArchiveManifest, 'firstPosition' | 'lastPosition' | 'events' | 'bytes' | 'sha256' | 'contentBytes' | 'contentSha256'>;

/** Compresses lines of JSON; when all is read, {@link measure} tells what it was. */
export class DayWriter {
  #first = '0';
  #last = '0';
  #events = 0;
  readonly #content = new Measured();
  readonly #compressed = new Measured();

  async* compress(rows: AsyncIterable<readonly LoggedLine[]>): AsyncGenerator<Buffer> {
    const gzip = createGzip();
    const filling = this.fill(gzip, rows).catch((error: unknown) => { gzip.destroy(error instanceof Error ? error : new Error(String(error))); });
    try {
      for await (const chunk of gzip as AsyncIterable<Buffer>) {
        this.#compressed.add(chunk);
        yield chunk;
      }
    } finally {
      gzip.destroy();
      await filling;
    }
  }

  measure(): DayMeasure {
    return {
      firstPosition: this.#first, lastPosition: this.#last, events: this.#events, bytes: this.#compressed.bytes, sha256: this.#compressed.digest(),
      contentBytes: this.#content.bytes, contentSha256: this.#content.digest(),
    };
  }

  private async fill(gzip: ReturnType<typeof createGzip>, rows: AsyncIterable<readonly LoggedLine[]>): Promise<void> {
    for await (const page of rows) {
      if (gzip.destroyed) return;
      if (page.length === 0) continue;
      const text = textOf(page);
      if (this.#events === 0) this.#first = page[0]!.position;
      this.#last = page.at(-1)!.position;
      this.#events += page.length;
      this.#content.add(text);
      // Nobody reads on from a stream that was destroyed: 'drain' would never come.
      if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), once(gzip, 'close')]);
    }
    gzip.end();
  }
}

/** What a manifest has as `contentSha256` of these lines. */
export async function contentHash(rows: AsyncIterable<readonly LoggedLine[]>): Promise<string> {
  const content = new Measured();
  for await (const page of rows) content.add(textOf(page));
  return content.digest();
}

function textOf(page: readonly LoggedLine[]): Buffer {
  return Buffer.from(page.map(({ line }) => `${line}\n`).join(''));
}

/**
 * Reads a day's lines, and in the end compares all that was read with the manifest.
 * @param object the object's bytes
 * @throws Stalled `BUS-073` when it is not what the manifest says; what was read before is not to be trusted
 */
export async function* readDay(object: AsyncIterable<Buffer>, manifest: ArchiveManifest): AsyncGenerator<ArchivedEvent> {
  const compressed = new Measured();
  const content = new Measured();
  const seen = { first: '0', last: '0', events: 0 };
  const gunzip = createGunzip();
  const filling = (async () => {
    for await (const chunk of object) {
      compressed.add(chunk);
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain'), once(gunzip, 'close')]);
    }
    gunzip.end();
  })();
  filling.catch((error: unknown) => { gunzip.destroy(error instanceof Error ? error : new Error(String(error))); });
  try {
    for await (const line of linesOf(gunzip as AsyncIterable<Buffer>, content, manifest)) {
      const event = parse(line, manifest);
      if (seen.events++ === 0) seen.first = event.position;
      seen.last = event.position;
      yield event;
    }
    await filling;
  } catch (error) {
    // Was the reading at fault, or what was read?
    const failed = (error as { code?: unknown } | undefined)?.code;
    throw typeof failed === 'string' && /^(Z_|ERR_)/.test(failed) ? damaged(manifest, describeError(error), error) : error;
  } finally {
    gunzip.destroy();
    await filling.catch(() => undefined); // it was told above
  }
  const found: DayMeasure = {
    firstPosition: seen.first, lastPosition: seen.last, events: seen.events, bytes: compressed.bytes, sha256: compressed.digest(), contentBytes: content.bytes, contentSha256: content.digest(),
  };
  const wrong = (Object.keys(found) as (keyof DayMeasure)[]).filter((field) => found[field] !== manifest[field]);
  if (wrong.length > 0) throw damaged(manifest, wrong.map((field) => `${field} is ${found[field]}, not ${manifest[field]}`).join(', '));
}

export function damaged(manifest: Pick<ArchiveManifest, 'object' | 'day'>, what: string, cause?: unknown): Stalled {
  return new Stalled({
    code: 'BUS-073', message: `The archive of ${manifest.day} (${manifest.object}) is not what its manifest says: ${what}.`,
    remedy: 'As long as the log has all of the day, it is archived anew by itself; otherwise bring the object back from a copy.', cause,
  });
}

async function* linesOf(chunks: AsyncIterable<Buffer>, content: Measured, manifest: ArchiveManifest): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    content.add(chunk);
    if (content.bytes > manifest.contentBytes) throw damaged(manifest, `it has more than ${manifest.contentBytes} bytes`);
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) throw damaged(manifest, 'its last line does not end');
}

function parse(line: string, manifest: ArchiveManifest): ArchivedEvent {
  try {
    const { position, logged_at: loggedAt, event } = JSON.parse(line) as { position: string; logged_at: string; event: Envelope };
    return { position, loggedAt, event };
  } catch (error) {
    throw damaged(manifest, 'a line is not JSON', error);
  }
}

/** Counts and hashes what passes. */
class Measured {
  bytes = 0;
  readonly #hash: Hash = createHash('sha256');

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
