import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Receivers choose how events are written. */
export class AddFormatToSubscription1764000410000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE subscription ADD COLUMN format text NOT NULL DEFAULT 'envelope' CHECK (format IN ('envelope', 'cloudevents'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE subscription DROP COLUMN format`);
  }
}
