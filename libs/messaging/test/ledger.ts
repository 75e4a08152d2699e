import { eventually } from '@heddle/testing';
import pg from 'pg';

/** What must be empty after every fault. */
export interface Balance {
  /** Committed and without effect. */
  lost: string[];
  /** With more than one effect at a consumer. */
  doubled: string[];
  /** With an effect, though never committed. */
  invented: string[];
}

/** The way of a message: who is to have one effect of it. */
export interface Commit {
  id: string;
  consumer: string;
}

/**
 * The books beside the system under test: which ids were committed, as COMMIT answered, and which effects they had.
 * Effects are rows that no constraint keeps unique, so that a second one shows. Read on connections of its own, which
 * no fault of a test touches.
 */
export class Ledger {
  readonly #committed = new Map<string, string>();
  readonly #uncertain = new Map<string, string>();

  private constructor(private readonly url: string) {}

  /** @param url of the database that the services under test use, without a proxy before it */
  static async open(url: string): Promise<Ledger> {
    const ledger = new Ledger(url);
    await ledger.query(`CREATE SCHEMA ledger`);
    await ledger.query(`CREATE TABLE ledger.business (id text PRIMARY KEY, consumer text NOT NULL)`);
    await ledger.query(`CREATE TABLE ledger.effect (position bigint GENERATED ALWAYS AS IDENTITY, consumer text NOT NULL, id text NOT NULL)`);
    return ledger;
  }

  /** COMMIT has answered. */
  committed({ id, consumer }: Commit): void {
    this.#committed.set(id, consumer);
  }

  /** An error came instead of an answer: only the business row tells. */
  uncertain({ id, consumer }: Commit): void {
    this.#uncertain.set(id, consumer);
  }

  /** How many commits were answered so far. */
  get size(): number {
    return this.#committed.size;
  }

  /** How many effects there are so far. */
  async effects(): Promise<number> {
    const [row] = await this.query<{ count: string }>('SELECT count(*) FROM ledger.effect');
    return Number(row?.count);
  }

  /** Resolves when everything that was committed has had an effect; the error names what is missing. */
  async untilEffected(timeoutMs = 60_000): Promise<void> {
    await eventually(async () => {
      const { lost } = await this.balance();
      if (lost.length > 0) throw new Error(`${lost.length} of ${this.size} commits have had no effect yet, such as ${lost.slice(0, 3).join(', ')}`);
    }, { timeout: timeoutMs, interval: 200 });
  }

  async balance(): Promise<Balance> {
    await this.settle();
    const counts = new Map<string, number>();
    for (const { consumer, id } of await this.query<{ consumer: string; id: string }>('SELECT consumer, id FROM ledger.effect')) {
      counts.set(`${consumer} ${id}`, (counts.get(`${consumer} ${id}`) ?? 0) + 1);
    }
    const expected = [...this.#committed].map(([id, consumer]) => `${consumer} ${id}`);
    const known = new Set(expected);
    return {
      lost: expected.filter((name) => !counts.has(name)),
      doubled: [...counts].filter(([, count]) => count > 1).map(([name]) => name),
      invented: [...counts.keys()].filter((name) => !known.has(name)),
    };
  }

  /** A connection for each statement: the server may have been restarted since the last. */
  async query<Row extends pg.QueryResultRow>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined); // the query rejects
    await client.connect();
    try {
      return (await client.query<Row>(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  private async settle(): Promise<void> {
    if (this.#uncertain.size === 0) return;
    const asked = [...this.#uncertain.keys()];
    const rows = await this.query<{ id: string }>('SELECT id FROM ledger.business WHERE id = ANY($1)', [asked]);
    for (const { id } of rows) this.#committed.set(id, this.#uncertain.get(id)!);
    for (const id of asked) this.#uncertain.delete(id);
  }
}
