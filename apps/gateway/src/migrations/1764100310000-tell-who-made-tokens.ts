import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `api_token.created_by`: who made a token; null: it comes from the configuration. */
export class TellWhoMadeTokens1764100310000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE api_token ADD COLUMN created_by jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE api_token DROP COLUMN created_by`);
  }
}
