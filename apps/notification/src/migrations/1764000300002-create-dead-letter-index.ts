import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index of all services' dead letters, by the day on which they were given up. */
export class CreateDeadLetterIndex1764000300002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE known_dead_letter (
        failed_on date NOT NULL,
        service text NOT NULL,
        id uuid NOT NULL,
        consumer text NOT NULL,
        message_id text NOT NULL,
        type text NOT NULL,
        source text,
        fabric_id uuid,
        correlation_id text,
        ordering_key text,
        size bigint NOT NULL,
        state text NOT NULL,
        holds_key boolean NOT NULL,
        attempts integer NOT NULL,
        reason text NOT NULL,
        message text NOT NULL,
        cause text NOT NULL,
        pattern text NOT NULL,
        first_failed_at timestamptz NOT NULL,
        last_failed_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by jsonb,
        note text,
        replaced_by text,
        version integer NOT NULL,
        PRIMARY KEY (failed_on, service, id)
      ) PARTITION BY RANGE (failed_on)`);
    await runner.query(`CREATE INDEX known_dead_letter_listing ON known_dead_letter (last_failed_at DESC, id)`);
    await runner.query(`CREATE INDEX known_dead_letter_cause ON known_dead_letter (cause)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE known_dead_letter`);
  }
}
