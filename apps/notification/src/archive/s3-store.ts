import { createHash } from 'node:crypto';
import { HeddleError, type OutboundGuard, type Secret, Stalled, Unavailable, type GuardedResponse } from '@heddle/platform';
import { AwsV4Signer } from 'aws4fetch';
import { type ArchiveStore, PART_BYTES } from './archive-store.ts';
import { missing } from './folder-store.ts';

/** One part on its way may take this long. */
const TIMEOUT_MS = 60_000;
/** S3's own limit; with parts of 8 MiB a day may have 80 GB, compressed. */
const MOST_PARTS = 10_000;

export interface S3Options {
  /** With scheme, without bucket. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Without slash at either end; may be empty. */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: Secret;
}

/** A bucket of S3, or of what speaks its protocol; addressed by path, signed with version 4. */
export class S3Store implements ArchiveStore {
  constructor(private readonly guard: OutboundGuard, private readonly options: S3Options, private readonly partBytes = PART_BYTES) {}

  get name(): string {
    return `the bucket ${this.options.bucket} at ${new URL(this.options.endpoint).host}`;
  }

  async write(object: string, content: AsyncIterable<Buffer>): Promise<void> {
    let upload: string | undefined;
    const tags: string[] = [];
    try {
      for await (const { part, last } of inParts(content, this.partBytes)) {
        if (last && upload === undefined) {
          await this.ask('PUT', object, {}, part);
          return;
        }
        upload ??= await this.beginUpload(object);
        if (tags.length === MOST_PARTS) throw new Stalled({ code: 'BUS-074', message: `The object ${object} has more than ${MOST_PARTS} parts of ${this.partBytes} bytes.`, remedy: 'Archive to a folder; S3 takes no more parts.' });
        const { headers } = await this.ask('PUT', object, { partNumber: String(tags.length + 1), uploadId: upload }, part);
        tags.push(String(headers['etag']));
      }
      const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('');
      const { body } = await this.ask('POST', object, { uploadId: upload! }, Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`));
      // The status was sent before the work was done: an error stands in the body.
      if (body.includes('<Error>')) throw this.refused('POST', object, 200, body);
    } catch (error) {
      // Parts of an upload that was never ended cost money and are seen by nobody.
      if (upload !== undefined) await this.ask('DELETE', object, { uploadId: upload }).catch(() => undefined); // the first error tells why
      throw error;
    }
  }

  async* read(object: string): AsyncGenerator<Buffer> {
    for (let from = 0, size = Number.POSITIVE_INFINITY; from < size;) {
      const { status, headers, body } = await this.ask('GET', object, {}, undefined, { range: `bytes=${from}-${from + this.partBytes - 1}` });
      // A server that heeds no range gives all at once.
      size = status === 206 ? Number(/\/(\d+)$/.exec(String(headers['content-range']))?.[1]) : body.length;
      if (body.length === 0) return;
      yield body;
      from += body.length;
    }
  }

  async* list(): AsyncGenerator<string> {
    const prefix = this.options.prefix ? `${this.options.prefix}/` : '';
    for (let token: string | undefined = ''; token !== undefined;) {
      const { body } = await this.ask('GET', '', { 'list-type': '2', 'encoding-type': 'url', ...(prefix && { prefix }), ...(token && { 'continuation-token': token }) });
      const page = body.toString('utf8');
      for (const [, key = ''] of page.matchAll(/<Key>([^<]*)<\/Key>/g)) {
        // A space may come as a plus sign, which itself comes as %2B.
        const name = decodeURIComponent(key.replaceAll('+', ' '));
        if (name.startsWith(prefix)) yield name.slice(prefix.length);
      }
      token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(page)?.[1];
    }
  }

  private async beginUpload(object: string): Promise<string> {
    const { body } = await this.ask('POST', object, { uploads: '' });
    const id = /<UploadId>([^<]+)<\/UploadId>/.exec(body.toString('utf8'))?.[1];
    if (id === undefined) throw this.refused('POST', object, 200, body);
    return id;
  }

  /** @param object empty for the bucket itself */
  private async ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', object: string, query: Record<string, string>, content?: Buffer, extra: Record<string, string> = {}): Promise<GuardedResponse> {
    const { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey } = this.options;
    const url = new URL([endpoint.replace(/\/+$/, ''), bucket, ...(object === '' ? [] : [...(prefix ? [prefix] : []), object])].join('/'));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const sha256 = createHash('sha256').update(content ?? '').digest('hex');
    const signed = await new AwsV4Signer({
      method, url: url.href, service: 's3', region, accessKeyId, secretAccessKey: secretAccessKey.reveal(), headers: { ...extra, 'x-amz-content-sha256': sha256 },
    }).sign();
    const headers = Object.fromEntries([...signed.headers].map(([name, value]) => [name, value]));
    const response = await this.guard.request(signed.url, { method, headers, ...(content && { body: content }), timeoutMs: TIMEOUT_MS, maxBytes: this.partBytes + 65_536 })
      .catch((cause: unknown) => { throw cause instanceof HeddleError ? cause : new Unavailable({ code: 'BUS-071', message: `${this.name} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, remedy: 'Look at the server of the archive and the way to it.', cause }); });
    if (response.status >= 200 && response.status < 300) return response;
    throw response.status === 404 && method === 'GET' && object !== '' ? missing(object, this.name) : this.refused(method, object, response.status, response.body);
  }

  private refused(method: string, object: string, status: number, body: Buffer): HeddleError {
    const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(body.toString('utf8'))?.[1];
    const message = `${this.name} answered HTTP ${status}${code ? ` (${code})` : ''} to ${method} ${object || 'the list of its objects'}.`;
    if (status === 401 || status === 403) return new Stalled({ code: 'BUS-072', message, remedy: 'Check HEDDLE_ARCHIVE_ACCESS_KEY_ID and its secret, and that they may list, read and write the bucket.' });
    if (status === 404) return new Stalled({ code: 'BUS-072', message, remedy: 'Make the bucket, or name another one by HEDDLE_ARCHIVE.' });
    return new Unavailable({ code: 'BUS-071', message, remedy: 'Look at the server of the archive; it is tried again.' });
  }
}

/** Parts of one size, the last one perhaps smaller; at least one. */
async function* inParts(content: AsyncIterable<Buffer>, size: number): AsyncGenerator<{ part: Buffer; last: boolean }> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    held.push(chunk);
    bytes += chunk.length;
    // More than a part is there, so that none is the last by chance.
    while (bytes > size) {
      const all = Buffer.concat(held);
      yield { part: all.subarray(0, size), last: false };
      held = [all.subarray(size)];
      bytes -= size;
    }
  }
  yield { part: Buffer.concat(held), last: true };
}
