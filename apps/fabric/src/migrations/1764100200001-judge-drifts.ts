import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `drift.conflict`: Git changed one of its fields as well. `drift.desired_hash`: what Git asked for when its fields were
 * told. `drift.fields_hash`: by which a snoozed drift is known to be the same. `verdict`: what was decided of drifts, by
 * whom and why; it outlives them.
 */
export class JudgeDrifts1764100200001 implements MigrationInterface {
  readonly name = 'JudgeDrifts1764100200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table drift add column conflict boolean not null default false, add column desired_hash text, add column fields_hash text,
        add column snoozed_until timestamptz, add column snooze_reason text;
      create index drift_snoozed on drift (snoozed_until) where state = 'snoozed';
      create index drift_conflict on drift (fabric_id, kind, name) where conflict and state <> 'resolved';
      create index drift_fabric_listed on drift (fabric_id, detected_at desc, id);
      create table verdict (
        id bigint generated always as identity primary key,
        fabric_id uuid not null references fabric on delete cascade,
        drift_id uuid not null,
        kind text not null,
        name text not null,
        at timestamptz not null,
        verdict text not null,
        reason text not null,
        until timestamptz,
        actor jsonb not null,
        operation_id uuid,
        fields jsonb not null
      );
      create index verdict_fabric on verdict (fabric_id, id);
      create index verdict_drift on verdict (drift_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table verdict;
      drop index drift_snoozed, drift_conflict, drift_fabric_listed;
      alter table drift drop column conflict, drop column desired_hash, drop column fields_hash, drop column snoozed_until, drop column snooze_reason;
    `);
  }
}
