import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the broker is told of a message beside its body. */
export class AddPriorityAndExpiryToOutbox1764000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE outbox
        ADD COLUMN priority smallint NOT NULL DEFAULT 4 CHECK (priority BETWEEN 0 AND 9),
        ADD COLUMN expires_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE outbox DROP COLUMN priority, DROP COLUMN expires_at`);
  }
}
