import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Connections to API servers with sealed credentials, what is to be watched of each, and how fresh each kind is. */
export class CreateClusters1795251600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One sequence for all: a cluster that is removed and entered again never has an old revision.
    await runner.query(`CREATE SEQUENCE cluster_revision AS integer`);
    await runner.query(`
      CREATE TABLE cluster (
        fabric_id uuid PRIMARY KEY,
        server text NOT NULL,
        certificate_authority text,
        authentication text NOT NULL CHECK (authentication IN ('token', 'client-certificate')),
        sealed_token text,
        certificate text,
        sealed_key text,
        namespace text NOT NULL,
        revision integer NOT NULL DEFAULT nextval('cluster_revision'),
        state text NOT NULL DEFAULT 'unknown',
        reason text NOT NULL DEFAULT 'NotTried',
        message text NOT NULL DEFAULT '',
        since timestamptz NOT NULL DEFAULT now(),
        breaker jsonb NOT NULL DEFAULT '{"state":"closed","nextTryAt":null,"lastError":null}',
        server_version text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    // Outlives the cluster: fabric may send it before the cluster is entered, and the sequence must go on rising.
    await runner.query(`
      CREATE TABLE watch_wish (
        fabric_id uuid PRIMARY KEY,
        generation integer NOT NULL,
        enabled boolean NOT NULL,
        namespace text NOT NULL,
        kinds jsonb NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE watch (
        fabric_id uuid NOT NULL,
        kind text NOT NULL,
        state text NOT NULL,
        reason text NOT NULL,
        last_heard_at timestamptz,
        objects integer NOT NULL DEFAULT 0,
        PRIMARY KEY (fabric_id, kind)
      )`);
    await runner.query(`
      CREATE TABLE cluster_sequence (
        fabric_id uuid PRIMARY KEY,
        sequence bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cluster_sequence, watch, watch_wish, cluster`);
    await runner.query(`DROP SEQUENCE cluster_revision`);
  }
}
