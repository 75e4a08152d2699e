import type { ClientBase } from 'pg';

const names = new Map<string, string>();

/**
 * Has PostgreSQL parse and plan a statement once for each connection instead of each time that it runs. For what runs all
 * the time with large parameters, of which planning makes copies, and can be planned in one way only: a plan that was made
 * while a table was small would stay when it has grown.
 * @param name of this statement alone
 * @returns the statement, to be run like any other
 */
export function planOnce(name: string, sql: string): string {
  names.set(sql, name);
  return sql;
}

/** Makes a connection name the statements of {@link planOnce} when it runs them. */
export function keepPlans(connection: ClientBase): void {
  const query = connection.query.bind(connection) as (...parameters: unknown[]) => unknown;
  connection.query = ((text: unknown, values: unknown, ...more: unknown[]) => {
    const name = typeof text === 'string' ? names.get(text) : undefined;
    return name === undefined ? query(text, values, ...more) : query({ name, text, values }, undefined, ...more);
  }) as typeof connection.query;
}
