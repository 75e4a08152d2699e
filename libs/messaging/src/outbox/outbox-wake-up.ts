import pg from 'pg';
import { type Database, describeError, type Logger } from '@heddle/platform';

/** A NOTIFY in each commit costs two thirds of the throughput; one every 20 ms costs nothing. */
const GATHER_MS = 20;
const RECONNECT_MS = 1_000;
const CHANNEL = 'heddle_outbox';

/** Tells the processes that own other lanes that there are rows for them. What gets lost is found by their reading of the table. */
export class OutboxWakeUp {
  readonly #lanes = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #client: pg.Client | undefined;
  #started = false;
  readonly #schema: string;
  readonly #url: string;

  constructor(private readonly database: Database, private readonly logger: Logger, private readonly onTold: (lane: number) => void) {
    const options = database.dataSource.options as { url?: string; schema?: string };
    this.#schema = options.schema ?? 'public';
    this.#url = options.url ?? '';
  }

  start(): void {
    this.#started = true;
    this.listen().catch((error: unknown) => this.listenLater(error));
  }

  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#reconnect);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch((error: unknown) => this.logger.debug('closing the listener of the outbox failed', { error: describeError(error) }));
  }

  tell(lane: number): void {
    this.#lanes.add(lane);
    if (!this.#started) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const lanes = [...this.#lanes].join(' ');
      this.#lanes.clear();
      this.database.query(`SELECT pg_notify($1, $2)`, [CHANNEL, `${this.#schema}:${lanes}`])
        .catch((error: unknown) => this.logger.debug('waking other relays failed', { error: describeError(error) }));
    }, GATHER_MS);
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'heddle-outbox-listener', connectionTimeoutMillis: 5_000, keepAlive: true });
    client.on('error', (error) => {
      if (this.#client === client) this.#client = undefined;
      this.listenLater(error);
    });
    client.on('notification', ({ payload = '' }) => this.told(payload));
    await client.connect();
    if (!this.#started) return client.end();
    this.#client = client;
    await client.query(`LISTEN ${CHANNEL}`);
    return undefined;
  }

  private listenLater(error: unknown): void {
    if (!this.#started) return;
    this.logger.debug('the listener of the outbox connects again', { error: describeError(error) });
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => { this.listen().catch((again: unknown) => this.listenLater(again)); }, RECONNECT_MS);
  }

  private told(payload: string): void {
    const [schema, lanes = ''] = payload.split(':');
    if (schema === this.#schema) for (const lane of lanes.split(' ')) this.onTold(Number(lane));
  }
}
