import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `closed_by`: who cancelled or discarded the task; null where an older release did. */
export class TellWhoClosedTasks1796078700000 implements MigrationInterface {
  readonly name = 'TellWhoClosedTasks1796078700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE task ADD COLUMN closed_by jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE task DROP COLUMN closed_by`);
  }
}
