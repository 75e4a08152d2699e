import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages that were given up get a table of their own, by day; `parked` holds those alone that are tried again. */
export class CreateDeadLetters1764000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dead_letter (
        failed_on date NOT NULL,
        id uuid NOT NULL,
        consumer text NOT NULL,
        message_id text NOT NULL,
        type text NOT NULL,
        source text,
        fabric_id uuid,
        correlation_id text,
        ordering_key text,
        body bytea NOT NULL,
        body_hash bytea NOT NULL,
        size bigint NOT NULL,
        headers jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('dead', 'replayed', 'edited', 'discarded')),
        holds_key boolean NOT NULL DEFAULT false,
        attempts integer NOT NULL,
        reason text NOT NULL,
        message text NOT NULL,
        cause text NOT NULL,
        pattern text NOT NULL,
        stack text,
        first_failed_at timestamptz NOT NULL,
        last_failed_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by jsonb,
        note text,
        replaced_by text,
        version integer NOT NULL DEFAULT 1,
        announced boolean NOT NULL DEFAULT false,
        PRIMARY KEY (failed_on, id),
        CHECK ((state = 'dead') = (closed_at IS NULL))
      ) PARTITION BY RANGE (failed_on)`);
    await runner.query(`CREATE INDEX dead_letter_id ON dead_letter (id)`);
    await runner.query(`CREATE INDEX dead_letter_listing ON dead_letter (last_failed_at DESC, id)`);
    await runner.query(`CREATE INDEX dead_letter_order ON dead_letter (first_failed_at, id) WHERE state = 'dead'`);
    await runner.query(`CREATE INDEX dead_letter_message ON dead_letter (consumer, message_id) WHERE state = 'dead'`);
    await runner.query(`CREATE INDEX dead_letter_held ON dead_letter (consumer, ordering_key) WHERE state = 'dead' AND holds_key`);
    await runner.query(`CREATE INDEX dead_letter_news ON dead_letter (id) WHERE NOT announced`);

    await runner.query(`ALTER TABLE parked ADD COLUMN source text, ADD COLUMN fabric_id uuid, ADD COLUMN correlation_id text, ADD COLUMN stack text`);
    await runner.query(`
      DO $$ DECLARE day date; BEGIN
        FOR day IN SELECT DISTINCT (last_failed_at AT TIME ZONE 'UTC')::date FROM parked WHERE state = 'dead' LOOP
          EXECUTE format('CREATE TABLE %I PARTITION OF dead_letter FOR VALUES FROM (%L) TO (%L)', 'dead_letter_' || to_char(day, 'YYYYMMDD'), day, day + 1);
        END LOOP;
      END $$`);
    await runner.query(`
      WITH gone AS (DELETE FROM parked WHERE state = 'dead' RETURNING *)
      INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, ordering_key, body, body_hash, size, headers, state, attempts, reason, message, cause, pattern, first_failed_at, last_failed_at)
      SELECT (last_failed_at AT TIME ZONE 'UTC')::date, id, consumer, message_id, type, ordering_key, body, body_hash, octet_length(body), headers, 'dead', attempts, reason, message,
        left(md5(consumer || type || reason || message), 12), left(message, 300), first_failed_at, last_failed_at
      FROM gone`);
    await runner.query(`DROP INDEX parked_due, parked_key, parked_listing`);
    await runner.query(`ALTER TABLE parked DROP COLUMN state, ALTER COLUMN due_at SET NOT NULL`);
    await runner.query(`CREATE INDEX parked_due ON parked (due_at)`);
    await runner.query(`CREATE INDEX parked_key ON parked (consumer, ordering_key, position)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX parked_due, parked_key`);
    await runner.query(`ALTER TABLE parked ALTER COLUMN due_at DROP NOT NULL, ADD COLUMN state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'dead'))`);
    await runner.query(`ALTER TABLE parked ALTER COLUMN state DROP DEFAULT, ADD CHECK ((state = 'parked') = (due_at IS NOT NULL))`);
    await runner.query(`
      INSERT INTO parked (id, consumer, message_id, type, ordering_key, body, body_hash, headers, state, attempts, due_at, reason, message, first_failed_at, last_failed_at)
      SELECT id, consumer, message_id, type, ordering_key, body, body_hash, headers, 'dead', attempts, NULL, reason, message, first_failed_at, last_failed_at
      FROM dead_letter WHERE state = 'dead' ON CONFLICT DO NOTHING`);
    await runner.query(`ALTER TABLE parked DROP COLUMN source, DROP COLUMN fabric_id, DROP COLUMN correlation_id, DROP COLUMN stack`);
    await runner.query(`CREATE INDEX parked_due ON parked (due_at) WHERE state = 'parked'`);
    await runner.query(`CREATE INDEX parked_key ON parked (consumer, ordering_key, position) WHERE state = 'parked'`);
    await runner.query(`CREATE INDEX parked_listing ON parked (last_failed_at DESC, id)`);
    await runner.query(`DROP TABLE dead_letter`);
  }
}
