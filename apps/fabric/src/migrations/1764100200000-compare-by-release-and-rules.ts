import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `desired_hash`, `live_hash` and `base_hash` are of what is compared: without the fields that the fabric ignores.
 * `resource.desired_full_hash`, `live_full_hash`: of the whole normal form, where that is another; null: the same.
 * `resource.comparison`: by which normaliser, release and rules the row's hashes were made, all of one row by the same.
 * `fabric.comparison`: by which all rows are known to be made. Until now that was the first normaliser without rules.
 */
export class CompareByReleaseAndRules1764100200000 implements MigrationInterface {
  readonly name = 'CompareByReleaseAndRules1764100200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fabric add column release text not null default '26.03', add column ignore_rules jsonb not null default '[]', add column drift_policies jsonb not null default '[]', add column comparison text not null default '1/26.03';
      alter table resource add column desired_full_hash text, add column live_full_hash text, add column comparison text not null default '1/26.03';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table resource drop column desired_full_hash, drop column live_full_hash, drop column comparison;
      alter table fabric drop column release, drop column ignore_rules, drop column drift_policies, drop column comparison;
    `);
  }
}
