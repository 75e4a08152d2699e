import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const TRIES = 5;
const callbacks = new WeakMap<EntityManager, (() => void)[]>();

/** A service's own PostgreSQL schema. SQL is unqualified: the connection's search_path names the schema. */
export class Database {
  constructor(readonly dataSource: DataSource) {}

  /**
   * Runs `fn` in one transaction. Serialisation failures and deadlocks are tried again, up to five times:
   * `fn` must have no effect outside of `tx`; what has, belongs into {@link onCommit}.
   */
  async transaction<Result>(fn: (tx: EntityManager) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const committed: (() => void)[] = [];
      try {
        const result = await this.dataSource.transaction(async (tx) => {
          callbacks.set(tx, committed);
          return fn(tx);
        });
        callAll(committed);
        return result;
      } catch (error) {
        if (attempt >= TRIES || !mayRetry(error)) throw error;
        await delay(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  /** One statement outside of a transaction; rows as objects. */
  query<Row = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(this.dataSource, sql, parameters);
  }
}

/** The transaction has committed: what a callback throws is told, and neither undoes it nor keeps the next from running. */
function callAll(callbacks: readonly (() => void)[]): void {
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)), { detail: 'thrown after a commit' });
    }
  }
}

/** Calls back after the commit of the {@link Database.transaction} that `tx` belongs to; never when it rolls back. */
export function onCommit(tx: EntityManager, callback: () => void): void {
  const list = callbacks.get(tx);
  if (!list) throw new Error('onCommit needs the EntityManager of a Database.transaction');
  list.push(callback);
}

/** One statement within a transaction; rows as objects, also for UPDATE and DELETE with RETURNING. */
export async function rowsOf<Row = Record<string, unknown>>(
  runner: { query(sql: string, parameters?: unknown[]): Promise<unknown> }, sql: string, parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await runner.query(sql, [...parameters]);
  // TypeORM answers UPDATE and DELETE with [rows, count], everything else with rows.
  if (Array.isArray(result) && result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number') return result[0] as Row[];
  return (Array.isArray(result) ? result : []) as Row[];
}

/** SQLSTATE of a PostgreSQL error, through TypeORM's wrapper. */
export function sqlStateOf(error: unknown): string | undefined {
  const candidate = error as { code?: unknown; driverError?: { code?: unknown } } | undefined;
  const code = candidate?.driverError?.code ?? candidate?.code;
  return typeof code === 'string' ? code : undefined;
}

/** True when PostgreSQL itself was out of reach, rather than the statement at fault. */
export function isDatabaseDown(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined && /^(08|57P|53300)/.test(state)) return true;
  const text = error instanceof Error ? `${state ?? ''} ${error.message}` : '';
  return /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/.test(text);
}

function mayRetry(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
}
