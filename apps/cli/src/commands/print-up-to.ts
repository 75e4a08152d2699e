import type { Column } from '../output/render-table.ts';
import type { Session } from './session.ts';

/** As many as a person reads at once. */
const IN_A_TABLE = 100;

/** Of the option `--limit <n>`. */
export const LIMIT_TEXT = `at most so many; default ${IN_A_TABLE} in a table, all in JSON and YAML`;

/** Prints a list that may be long: a table is cut off, and says so; what is for programs is not, unless they ask for it. @throws on a limit that is no number from 1 on */
export async function printUpTo<Item>({ client, printer }: Session, path: string, query: Record<string, string | undefined>, limit: string | undefined, columns: readonly Column<Item>[], nothing: string): Promise<void> {
  const most = limit === undefined ? (printer.format === 'table' ? IN_A_TABLE : Infinity) : countOf(limit);
  const { items, more } = await client.upTo<Item>(path, query, most);
  printer.list(items, columns, nothing);
  if (more && printer.format === 'table') printer.line('… and more: narrow it down, or raise --limit.');
}

/** How many a person asks for. @throws on what is no number from 1 on */
export function countOf(limit: string): number {
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--limit is '${limit}'; write a whole number from 1 on`);
  return count;
}
