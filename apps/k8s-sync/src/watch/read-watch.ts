import type { KubeStatus, LiveObject } from '../api/kube-answer.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: LiveObject }
  | { readonly type: 'ERROR'; readonly object: KubeStatus & { readonly code?: number } };

/** Nothing came on a watch for too long: the connection is taken for dead. */
export class SilentWatch extends Error {
  override readonly name = 'SilentWatch';

  constructor(readonly idleMs: number) {
    super(`nothing came on the watch for ${idleMs} ms`);
  }
}

/** A line is one object: etcd holds at most 1.5 MB, with managedFields and escapes it stays under this. */
const LONGEST_LINE = 8_000_000;
const NEWLINE = 0x0a;

/**
 * Reads the events of a watch until the server ends it. Any byte counts as a sign of life.
 * @throws SilentWatch, and what the stream throws
 */
export async function* readWatch(stream: AsyncIterable<Buffer>, idleMs: number, abort: (reason: Error) => void): AsyncGenerator<WatchEvent> {
  const silent = new SilentWatch(idleMs);
  const timer = setTimeout(() => abort(silent), idleMs);
  // Parts of a line that is not complete.
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      timer.refresh();
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        parts.push(chunk.subarray(from, end));
        const line = Buffer.concat(parts).toString('utf8');
        parts = [];
        size = 0;
        from = end + 1;
        if (line.trim() !== '') yield JSON.parse(line) as WatchEvent;
      }
      if (from < chunk.length) {
        parts.push(chunk.subarray(from));
        size += chunk.length - from;
        if (size > LONGEST_LINE) throw new Error(`a line of the watch is longer than ${LONGEST_LINE} bytes`);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
