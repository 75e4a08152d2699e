import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { NotFound, Unavailable, describeError } from '@heddle/platform';
import type { ArchiveStore } from './archive-store.ts';

const READ_BYTES = 256 * 1024;
const UNFINISHED = '.unfinished';

/** A folder, e.g. on a disk of its own or a network share. */
export class FolderStore implements ArchiveStore {
  constructor(private readonly folder: string) {}

  get name(): string {
    return `the folder ${this.folder}`;
  }

  async write(object: string, content: AsyncIterable<Buffer>): Promise<void> {
    const target = this.pathOf(object);
    const unfinished = `${target}.${randomUUID()}${UNFINISHED}`;
    try {
      await mkdir(path.dirname(target), { recursive: true });
      const file = await open(unfinished, 'wx', 0o640);
      try {
        for await (const part of content) await file.writeFile(part);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, target);
      await syncFolder(path.dirname(target));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined); // the first error tells why
      throw this.failed('written', object, error);
    }
  }

  async* read(object: string): AsyncGenerator<Buffer> {
    const file = await open(this.pathOf(object), 'r').catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') throw missing(object, this.name);
      throw this.failed('read', object, error);
    });
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (error) {
      throw this.failed('read', object, error);
    } finally {
      await file.close();
    }
  }

  async* list(): AsyncGenerator<string> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
      if ((cause as { code?: unknown }).code === 'ENOENT') return []; // nothing was written yet
      throw new Unavailable({ code: 'BUS-071', message: `The objects in ${this.name} can't be listed: ${describeError(cause)}`, remedy: 'Look at the disk: its permissions, whether it is mounted.', cause });
    });
    for (const entry of entries) {
      if (entry.isFile() && !entry.name.endsWith(UNFINISHED)) yield path.relative(this.folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
    }
  }

  private pathOf(object: string): string {
    return path.join(this.folder, ...object.split('/'));
  }

  private failed(verb: string, object: string, cause: unknown): Unavailable {
    return new Unavailable({ code: 'BUS-071', message: `The object ${object} can't be ${verb} in ${this.name}: ${describeError(cause)}`, remedy: 'Look at the disk: its room, its permissions, whether it is mounted.', cause });
  }
}

export function missing(object: string, store: string): NotFound {
  return new NotFound({ code: 'BUS-070', message: `There is no object ${object} in ${store}.`, remedy: 'Look whether somebody removed it, or whether HEDDLE_ARCHIVE names another place than it did.' });
}

/** A rename is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
