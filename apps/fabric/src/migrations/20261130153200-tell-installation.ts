import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `fabric.installation`: what of the installer's configuration is told otherwise than by default. */
export class TellInstallation1796052720000 implements MigrationInterface {
  readonly name = 'TellInstallation1796052720000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table fabric add column installation jsonb not null default '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table fabric drop column installation');
  }
}
