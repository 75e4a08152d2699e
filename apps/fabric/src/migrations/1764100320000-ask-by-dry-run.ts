import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `dry_run`: what the API server was asked about a plan, by itself or before the first write of an operation; `results`
 * by step.
 */
export class AskByDryRun1764100320000 implements MigrationInterface {
  readonly name = 'AskByDryRun1764100320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table dry_run (
        id uuid primary key,
        fabric_id uuid not null references fabric on delete cascade,
        plan_id uuid not null references plan on delete cascade,
        operation_id uuid,
        state text not null check (state in ('running', 'passed', 'refused', 'failed')),
        results jsonb not null,
        created_at timestamptz not null,
        until timestamptz not null
      );
      create index dry_run_plan on dry_run (plan_id, created_at desc);
      create index dry_run_operation on dry_run (operation_id) where operation_id is not null;
      create index dry_run_fabric on dry_run (fabric_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table dry_run');
  }
}
