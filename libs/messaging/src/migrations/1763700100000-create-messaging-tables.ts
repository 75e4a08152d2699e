import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages on their way out, messages that were taken, messages that could not be taken. */
export class CreateMessagingTables1763700100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        lane smallint NOT NULL,
        ordering_key text NOT NULL,
        message_id uuid NOT NULL,
        type text NOT NULL,
        exchange text NOT NULL,
        routing_key text NOT NULL,
        body bytea NOT NULL,
        traceparent text,
        created_at timestamptz NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz,
        held_reason text
      )`);
    await runner.query(`CREATE INDEX outbox_lane ON outbox (lane, id)`);
    await runner.query(`CREATE INDEX outbox_key ON outbox (ordering_key, id)`);
    await runner.query(`CREATE INDEX outbox_held ON outbox (ordering_key, id) WHERE due_at IS NOT NULL`);
    // Rows live for milliseconds: without eager vacuum the dead ones would be read over and over.
    await runner.query(`ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`
      CREATE TABLE inbox (
        consumer text NOT NULL,
        message_id uuid NOT NULL,
        body_hash bytea NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
      )`);
    // Rows come in the order of time: a BRIN index finds the old ones at next to no cost per insert.
    await runner.query(`CREATE INDEX inbox_received_at ON inbox USING brin (received_at)`);
    await runner.query(`
      CREATE TABLE parked (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        position bigint GENERATED ALWAYS AS IDENTITY,
        consumer text NOT NULL,
        message_id text NOT NULL,
        type text NOT NULL,
        ordering_key text,
        body bytea NOT NULL,
        body_hash bytea NOT NULL,
        headers jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('parked', 'dead')),
        attempts integer NOT NULL,
        due_at timestamptz,
        reason text NOT NULL,
        message text NOT NULL,
        first_failed_at timestamptz NOT NULL DEFAULT now(),
        last_failed_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (consumer, message_id, body_hash),
        CHECK ((state = 'parked') = (due_at IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX parked_due ON parked (due_at) WHERE state = 'parked'`);
    await runner.query(`CREATE INDEX parked_key ON parked (consumer, ordering_key, position) WHERE state = 'parked'`);
    await runner.query(`CREATE INDEX parked_listing ON parked (last_failed_at DESC, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE outbox, inbox, parked`);
  }
}
