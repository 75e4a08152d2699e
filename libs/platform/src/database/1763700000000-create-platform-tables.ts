import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Processes and their heartbeats, leases with epochs, and the audit trail. */
export class CreatePlatformTables1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE process (
        id uuid PRIMARY KEY,
        host text NOT NULL,
        pid integer NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        heartbeat_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE lease (
        key text PRIMARY KEY,
        owner uuid,
        epoch bigint NOT NULL DEFAULT 0,
        acquired_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX lease_owner ON lease (owner)`);
    await runner.query(`
      CREATE TABLE audit (
        sequence bigint PRIMARY KEY,
        at timestamptz NOT NULL,
        actor jsonb,
        action text NOT NULL,
        subject text NOT NULL,
        outcome text NOT NULL,
        details jsonb NOT NULL,
        correlation_id text,
        previous_hash text NOT NULL,
        hash text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit, lease, process`);
  }
}
