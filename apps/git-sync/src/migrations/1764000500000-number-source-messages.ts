import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `source.asked`: the last question of fabric that was taken. `source.told`: how often fabric was told of its source. Both rise for ever. */
export class NumberSourceMessages1764000500000 implements MigrationInterface {
  readonly name = 'NumberSourceMessages1764000500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE source ADD COLUMN asked bigint NOT NULL DEFAULT 0, ADD COLUMN told bigint NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE source DROP COLUMN asked, DROP COLUMN told`);
  }
}
