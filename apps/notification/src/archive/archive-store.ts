/** Where archived days are kept: named objects that are written once and read back. */
export interface ArchiveStore {
  /** For messages; carries no secret. */
  readonly name: string;
  /** Stores an object as a whole or not at all; one that exists is replaced. Resolves when it is durable. */
  write(object: string, content: AsyncIterable<Buffer>): Promise<void>;
  /** The bytes of an object, a part at a time. @throws NotFound when there is none */
  read(object: string): AsyncIterable<Buffer>;
  /** The names of all objects, in no order, without what is still being written. */
  list(): AsyncIterable<string>;
}

/** Objects are read and written in parts of this many bytes; so much of one is in memory at a time. */
export const PART_BYTES = 8 * 1024 * 1024;
