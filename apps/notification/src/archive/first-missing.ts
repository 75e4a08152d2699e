import type { ArchivedEvent, LoggedLine } from './archive-format.ts';

/**
 * Looks for an event of the log that the archive lacks; both in the order of their positions. Reads all that is archived:
 * only then it is compared with its manifest.
 * @returns the position of the first one; undefined when the archive has all
 */
export async function firstMissing(log: AsyncIterable<readonly LoggedLine[]>, archived: AsyncIterable<ArchivedEvent>): Promise<string | undefined> {
  const logged = eachOf(log);
  let next = await logged.next();
  let missing: string | undefined;
  for await (const { position, event } of archived) {
    for (; !next.done && BigInt(next.value.position) <= BigInt(position); next = await logged.next()) {
      const found = next.value.position === position && (JSON.parse(next.value.line) as ArchivedEvent).event.event_id === event.event_id;
      if (!found) missing ??= next.value.position;
    }
  }
  return missing ?? (next.done ? undefined : next.value.position);
}

async function* eachOf(pages: AsyncIterable<readonly LoggedLine[]>): AsyncGenerator<LoggedLine, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
