import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Repositories, what fabrics read from them, and the webhooks that were seen. */
export class CreateRepositories1763710000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE repository (
        id uuid PRIMARY KEY,
        name text NOT NULL UNIQUE,
        url text NOT NULL,
        provider text NOT NULL,
        default_branch text NOT NULL,
        credentials text NOT NULL,
        credentials_type text NOT NULL,
        credentials_username text,
        certificate_authority text,
        poll_seconds integer NOT NULL,
        webhook_secret text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'testing', 'connected', 'failed')),
        reason text NOT NULL,
        message text NOT NULL,
        since timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        failures integer NOT NULL DEFAULT 0,
        next_try_at timestamptz,
        last_checked_at timestamptz,
        last_fetched_at timestamptz,
        wanted integer NOT NULL DEFAULT 1,
        served integer NOT NULL DEFAULT 0,
        wanted_by jsonb,
        created_at timestamptz NOT NULL
      )`);
    // No foreign key: an assignment may name a repository that was deleted meanwhile, and is told so.
    await runner.query(`
      CREATE TABLE source (
        fabric_id uuid PRIMARY KEY,
        repository_id uuid NOT NULL,
        branch text NOT NULL,
        directory text NOT NULL,
        generation integer NOT NULL,
        released boolean NOT NULL DEFAULT false,
        sent_tree text,
        seen_commit text,
        wanted boolean NOT NULL DEFAULT true,
        state text CHECK (state IN ('ready', 'failing')),
        reason text NOT NULL DEFAULT '',
        message text NOT NULL DEFAULT '',
        since timestamptz
      )`);
    await runner.query(`CREATE INDEX source_repository ON source (repository_id) WHERE NOT released`);
    await runner.query(`
      CREATE TABLE webhook_delivery (
        repository_id uuid NOT NULL,
        delivery text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (repository_id, delivery)
      )`);
    await runner.query(`CREATE INDEX webhook_delivery_received ON webhook_delivery (received_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE webhook_delivery, source, repository`);
  }
}
