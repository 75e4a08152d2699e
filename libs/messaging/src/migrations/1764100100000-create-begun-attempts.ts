import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Attempts that were begun and whose end nobody saw, by message: a handler that ends its process leaves nothing else behind. */
export class CreateBegunAttempts1764100100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE begun_attempt (
        consumer text NOT NULL,
        message_id uuid NOT NULL,
        times integer NOT NULL,
        begun_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE begun_attempt`);
  }
}
