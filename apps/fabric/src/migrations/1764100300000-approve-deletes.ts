import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `fabric.plan_policy`: what of the policy of plans is the fabric's own. `approval`: deletes that are past the budget
 * and what a second person said; `deletes` as the plan saw them, with uid and resourceVersion: what is not exactly one
 * of these is not approved.
 */
export class ApproveDeletes1764100300000 implements MigrationInterface {
  readonly name = 'ApproveDeletes1764100300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fabric add column plan_policy jsonb not null default '{}';
      create table approval (
        id uuid primary key,
        fabric_id uuid not null references fabric on delete cascade,
        plan_id uuid not null,
        hash text not null,
        desired_version bigint not null,
        state text not null check (state in ('pending', 'approved', 'used', 'rejected', 'superseded')),
        reasons jsonb not null,
        deletes jsonb not null,
        wish jsonb not null,
        sync boolean not null,
        requested_by jsonb not null,
        author jsonb,
        requested_at timestamptz not null,
        expires_at timestamptz not null,
        decided_by jsonb,
        decided_at timestamptz,
        reason text,
        operation_id uuid
      );
      create index approval_fabric on approval (fabric_id, requested_at desc, id);
      create index approval_requested on approval (requested_at desc, id);
      create index approval_plan on approval (plan_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table approval;
      alter table fabric drop column plan_policy;
    `);
  }
}
