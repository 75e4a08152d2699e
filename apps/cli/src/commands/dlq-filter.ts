import type { FabricView } from '@heddle/contracts';
import type { Command } from 'commander';
import type { HeddleClient } from '../client/heddle-client.ts';
import { durationOf } from './duration.ts';

/** Flags that say which dead letters are meant. */
export interface FilterOptions {
  service?: string; consumer?: string; type?: string; code?: string; cause?: string; source?: string; fabric?: string; correlation?: string; message?: string; text?: string; olderThan?: string; newerThan?: string;
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--service <name>', 'the service that could not take them').option('--consumer <queue>').option('--type <type>', 'type of the message').option('--code <code>', 'reason of the death').option('--cause <cause>', 'a group of `dlq groups`')
    .option('--source <service>', 'who published them').option('--fabric <fabric>', 'name or id').option('--correlation <id>').option('--message <id>', 'id of the message').option('--text <text>', 'part of the error message')
    .option('--older-than <age>', 'last failure before, e.g. 2h').option('--newer-than <age>', 'last failure since, e.g. 1d');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The filter as the API takes it: with the id of a fabric, whose name is asked for. @throws on an age that is none, or when there is no such fabric */
export async function filterAt(client: HeddleClient, { fabric, ...options }: FilterOptions): Promise<Record<string, string>> {
  const id = fabric === undefined || UUID.test(fabric) ? fabric : (await client.get<FabricView>(`fabrics/${encodeURIComponent(fabric)}`)).id;
  return filterOf({ ...options, ...(id !== undefined && { fabric: id }) });
}

function filterOf(options: FilterOptions, now = Date.now()): Record<string, string> {
  const { service, consumer, type, code: reason, cause, source, fabric: fabricId, correlation: correlationId, message: messageId, text } = options;
  const given = { service, consumer, type, reason, cause, source, fabricId, correlationId, messageId, text, failedBefore: timeOf(options.olderThan, now), failedAfter: timeOf(options.newerThan, now) };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function isFiltered(options: FilterOptions): boolean {
  return Object.keys(filterOf(options)).length > 0;
}

/** `service/id` as the API has it. @throws when it is not of that form */
export function parseLetter(text: string): { service: string; id: string } {
  const [service, id, rest] = text.split('/');
  if (!service || !id || rest !== undefined) throw new Error(`'${text}' does not name a dead letter; write service/id, as \`heddle dlq list\` shows it`);
  return { service, id };
}

function timeOf(age: string | undefined, now: number): string | undefined {
  if (age === undefined) return undefined;
  const duration = durationOf(age);
  if (duration === undefined) throw new Error(`'${age}' is no age; write a number with s, m, h or d, e.g. 2h`);
  return new Date(now - duration).toISOString();
}
