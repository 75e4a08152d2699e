import type { ServiceName } from '@heddle/local';
import pg from 'pg';

/** A lease, and the process that has it. */
export interface Owned {
  key: string;
  epoch: number;
  pid: number;
}

/** Messages of owners, with the epoch that each carries and the one that its lease has in the same transaction. */
const WATCH_EPOCHS = (schema: string): string => `
  CREATE TABLE IF NOT EXISTS public.written (service text, type text, key text, said bigint, holds bigint, at timestamptz DEFAULT clock_timestamp());
  CREATE OR REPLACE FUNCTION ${schema}.watch_epochs() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    message jsonb := convert_from(NEW.body, 'UTF8')::jsonb;
    owned text := CASE NEW.type WHEN 'steps.finished' THEN 'job:' || (message->'data'->>'fabricId') WHEN 'revision.observed' THEN 'repository:' || (message->'data'->>'repositoryId')
      ELSE 'watch:' || (message->'data'->>'fabricId') END;
  BEGIN
    IF message->'metadata'->>'epoch' IS NOT NULL THEN
      INSERT INTO public.written (service, type, key, said, holds)
      VALUES ('${schema}', NEW.type, owned, (message->'metadata'->>'epoch')::bigint, (SELECT epoch FROM ${schema}.lease WHERE key = owned));
    END IF;
    RETURN NEW;
  END $$;
  CREATE OR REPLACE TRIGGER watch_epochs BEFORE INSERT ON ${schema}.outbox FOR EACH ROW EXECUTE FUNCTION ${schema}.watch_epochs();`;

/** Looks at the leases of all services, and at what their owners write. */
export class LeaseOwners {
  private constructor(private readonly client: pg.Client) {}

  static async at(url: string): Promise<LeaseOwners> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new LeaseOwners(client);
  }

  async of(service: ServiceName): Promise<Owned[]> {
    const schema = schemaOf(service);
    const { rows } = await this.client.query<Owned>(`SELECT l.key, l.epoch::int AS epoch, p.pid FROM ${schema}.lease l JOIN ${schema}.process p ON p.id = l.owner ORDER BY l.key`);
    return rows;
  }

  /** From now on it is noted under which epoch owners write. */
  async watch(services: readonly ServiceName[]): Promise<void> {
    for (const service of services) await this.client.query(WATCH_EPOCHS(schemaOf(service)));
  }

  /** What was written by owners since: how much of each type and epoch. */
  async written(): Promise<{ type: string; said: number; holds: number | null; messages: number }[]> {
    const { rows } = await this.client.query(`SELECT type, said::int, holds::int, count(*)::int AS messages FROM public.written GROUP BY 1, 2, 3 ORDER BY 1, 2`);
    return rows;
  }

  async rows<Row extends object>(sql: string): Promise<Row[]> {
    return (await this.client.query(sql)).rows as Row[];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function schemaOf(service: ServiceName): string {
  return service.replace('-', '_');
}
