import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the credentials of a cluster end; unknown of those that were entered before. */
export class TellExpiry1796054400000 implements MigrationInterface {
  readonly name = 'TellExpiry1796054400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE cluster ADD credentials_expire_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE cluster DROP credentials_expire_at`);
  }
}
