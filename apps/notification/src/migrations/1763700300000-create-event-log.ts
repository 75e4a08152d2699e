import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event log by day, the subscriptions and their deliveries. */
export class CreateEventLog1763700300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE event_position`);
    await runner.query(`
      CREATE TABLE event (
        position bigint NOT NULL DEFAULT nextval('event_position'),
        logged_on date NOT NULL,
        event_id uuid NOT NULL,
        event_type text NOT NULL,
        source text NOT NULL,
        fabric_id uuid,
        correlation_id text NOT NULL,
        body jsonb NOT NULL,
        PRIMARY KEY (logged_on, position)
      ) PARTITION BY RANGE (logged_on)`);
    await runner.query(`CREATE INDEX event_by_position ON event (position)`);
    await runner.query(`CREATE INDEX event_by_fabric ON event (fabric_id, position)`);
    await runner.query(`CREATE INDEX event_by_type ON event (event_type, position)`);
    await runner.query(`
      CREATE TABLE subscription (
        id uuid PRIMARY KEY,
        name text NOT NULL UNIQUE,
        url text NOT NULL,
        types text[] NOT NULL,
        fabrics uuid[],
        secret text NOT NULL,
        enabled boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE delivery (
        id uuid PRIMARY KEY,
        subscription_id uuid NOT NULL REFERENCES subscription ON DELETE CASCADE,
        position bigint NOT NULL,
        event_id uuid NOT NULL,
        event_type text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts jsonb NOT NULL DEFAULT '[]',
        next_try_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (subscription_id, event_id)
      )`);
    await runner.query(`CREATE INDEX delivery_due ON delivery (subscription_id, next_try_at, position) WHERE state = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE delivery, subscription, event`);
    await runner.query(`DROP SEQUENCE event_position`);
  }
}
