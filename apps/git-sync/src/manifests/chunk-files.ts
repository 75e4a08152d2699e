import type { SourceDocument, SourceFile } from '@heddle/contracts';

/** Bytes of files in one message: 256 KB less what the rest of the message and its envelope take. */
export const CHUNK_BYTES = 232 * 1024;

/**
 * Packs files into chunks of at most `limit` bytes as JSON, in order; a file that is larger is split between its
 * documents into parts. There is always at least one chunk. A single document larger than the limit gets a part of its
 * own, so keep documents smaller (`ReadLimits.documentBytes`).
 */
export function chunkFiles(files: readonly SourceFile[], limit: number = CHUNK_BYTES): SourceFile[][] {
  const chunks: SourceFile[][] = [];
  let current: SourceFile[] = [];
  let size = 2;
  for (const part of files.flatMap((file) => splitFile(file, limit))) {
    const bytes = jsonBytes(part) + 1;
    if (current.length > 0 && size + bytes > limit) {
      chunks.push(current);
      current = [];
      size = 2;
    }
    current.push(part);
    size += bytes;
  }
  if (current.length > 0 || chunks.length === 0) chunks.push(current);
  return chunks;
}

function splitFile(file: SourceFile, limit: number): SourceFile[] {
  if (jsonBytes(file) + 3 <= limit) return [file];
  // Room for the numbers of the parts, which are written when their count is known.
  const frame = jsonBytes({ ...file, part: 99_999, parts: 99_999, documents: [] }) + 3;
  const groups: SourceDocument[][] = [[]];
  let size = frame;
  for (const document of file.documents) {
    const bytes = jsonBytes(document) + 1;
    if (groups.at(-1)!.length > 0 && size + bytes > limit) {
      groups.push([]);
      size = frame;
    }
    groups.at(-1)!.push(document);
    size += bytes;
  }
  return groups.map((documents, index) => ({ ...file, part: index + 1, parts: groups.length, documents }));
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
