import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs and their steps; a step is a row from its arrival to days after its outcome, so that a repeated command finds it. */
export class CreateJobs1795251660000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job (
        job_id uuid PRIMARY KEY,
        fabric_id uuid NOT NULL,
        operation_id uuid NOT NULL,
        operation_number integer NOT NULL,
        dry_run boolean NOT NULL,
        deadline timestamptz NOT NULL,
        concurrency integer NOT NULL,
        chunks integer NOT NULL,
        chunks_seen integer[] NOT NULL DEFAULT '{}',
        context jsonb NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX job_operation ON job (fabric_id, operation_number)`);
    await runner.query(`
      CREATE TABLE step (
        operation_id uuid NOT NULL,
        step_id text NOT NULL,
        attempt integer NOT NULL,
        job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
        fabric_id uuid NOT NULL,
        operation_number integer NOT NULL,
        position integer NOT NULL,
        depends_on text[] NOT NULL,
        spec jsonb,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'finished')),
        sent_at timestamptz,
        outcome jsonb,
        finished_at timestamptz,
        PRIMARY KEY (operation_id, step_id, attempt)
      )`);
    await runner.query(`CREATE INDEX step_job ON step (job_id)`);
    await runner.query(`CREATE INDEX step_unfinished ON step (fabric_id, operation_number) WHERE state <> 'finished'`);
    await runner.query(`
      CREATE TABLE cancellation (
        operation_id uuid PRIMARY KEY,
        fabric_id uuid NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cancellation, step, job`);
  }
}
