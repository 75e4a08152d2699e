import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `watch.fields`: which of the fields that tell releases apart the cluster's schema of the kind has; null: not looked at yet. */
export class SeeReleases1796052660000 implements MigrationInterface {
  readonly name = 'SeeReleases1796052660000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table watch add column fields jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table watch drop column fields');
  }
}
