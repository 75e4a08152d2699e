/** Runs one statement; rows as objects. */
export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** What every process writes by itself, whatever it is told; alerts about its own connections are too, in its outbox. */
const OWN = ['inbox', 'process', 'lease', 'migration', 'parked', 'queue_progress'];

/**
 * All rows of all tables of the connection's own schema, by table, in an order of their own: to compare before and after.
 * @param except tables that are left out beside the inbox, the parking lot, leases and migrations
 */
export async function schemaContents(query: Query, except: readonly string[] = []): Promise<Record<string, string[]>> {
  const tables = await query(`SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`);
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    if ([...OWN, ...except].includes(String(name))) continue;
    const told = name === 'outbox' ? `WHERE type NOT LIKE 'bus.alert%'` : '';
    const rows = await query(`SELECT to_jsonb(t)::text AS row FROM "${String(name)}" t ${told} ORDER BY 1`);
    contents[String(name)] = rows.map(({ row }) => String(row));
  }
  return contents;
}
