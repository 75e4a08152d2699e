import { setTimeout as delay } from 'node:timers/promises';
import type { LoggedEvent } from '@heddle/contracts';
import type { Command } from 'commander';
import { countOf } from './print-up-to.ts';
import { type Surroundings, openSession } from './session.ts';

const EVERY_MS = 1_000;
const PAGE = 200;

interface EventsOptions {
  type?: string[]; source?: string; fabric?: string; correlation?: string; from?: string; until?: string; limit: string; follow?: boolean;
}
type Found = LoggedEvent & { loggedAt: string };

/** `heddle events` */
export function addEventsCommand(program: Command, around: Surroundings): void {
  program.command('events').description('show logged events, the last ones by default')
    .option('--type <type...>', 'event types: exact, fabric.* or *').option('--source <service>').option('--fabric <fabric>').option('--correlation <id>')
    .option('--from <time>', 'logged at or after').option('--until <time>', 'logged before').option('--limit <n>', 'at most so many', '50').option('-f, --follow', 'go on as they come')
    .action(async (options: EventsOptions, command: Command) => {
      const { client, printer } = await openSession(command, around);
      const query = { types: options.type?.join(','), source: options.source, fabric: options.fabric, correlation: options.correlation, from: options.from, until: options.until };
      // The last ones, shown in the order in which they happened.
      const found = (await client.upTo<Found>('events/log', query, countOf(options.limit))).items.reverse();
      if (!options.follow) {
        return printer.list(found, [
          { title: 'logged', of: (e) => e.loggedAt }, { title: 'type', of: (e) => String(e.event['event_type']) }, { title: 'source', of: (e) => String(e.event['source']) },
          { title: 'fabric', of: (e) => metadataOf(e)['fabric_id'] }, { title: 'correlation', of: (e) => metadataOf(e)['correlation_id'] }, { title: 'data', of: (e) => JSON.stringify(e.event['data']).slice(0, 200) },
        ], 'No events.');
      }
      for (let cursor = found.at(-1)?.position ?? '0', page = found; ;) {
        for (const event of page) printer.line(printer.format === 'json' ? JSON.stringify(event) : renderEvent(event));
        cursor = page.at(-1)?.position ?? cursor;
        if (page.length < PAGE) await delay(EVERY_MS);
        page = (await client.get<{ items: Found[] }>('events/log', { ...query, order: 'oldest', cursor, limit: PAGE })).items;
      }
    });
}

function renderEvent(found: Found): string {
  return `${found.loggedAt}  ${String(found.event['event_type'])}  ${String(found.event['source'])}  ${metadataOf(found)['correlation_id'] ?? ''}  ${JSON.stringify(found.event['data'])}`;
}

function metadataOf(found: Found): Record<string, string | undefined> {
  return (found.event['metadata'] ?? {}) as Record<string, string | undefined>;
}
