import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `alert.key` names the cause: of those that are not resolved there is one for each. `alert_change`: each of its states, by whom and why.
 * `fabric.watched`: what k8s-sync was last told to watch, as a hash: a release that reads other fields tells it anew.
 * `fabric.last_check`: when the fabric was looked over last and what came of it.
 */
export class CreateAlerts1764100500010 implements MigrationInterface {
  readonly name = 'CreateAlerts1764100500010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table alert (
        id uuid primary key,
        key text not null,
        type text not null,
        severity text not null,
        state text not null,
        summary text not null,
        remedy text not null,
        fabric_ids uuid[] not null,
        fabrics jsonb not null,
        objects jsonb not null,
        object_count integer not null,
        cause_id uuid,
        suppressed_until timestamptz,
        first_seen_at timestamptz not null,
        last_seen_at timestamptz not null,
        clear_since timestamptz,
        resolved_at timestamptz,
        count integer not null default 1
      );
      create unique index alert_open on alert (key) where state <> 'resolved';
      create index alert_last on alert (key, first_seen_at desc);
      create index alert_listed on alert (first_seen_at desc, id desc);
      create index alert_fabrics on alert using gin (fabric_ids);
      create table alert_change (
        alert_id uuid not null references alert on delete cascade,
        ordinal bigint generated always as identity,
        at timestamptz not null,
        from_state text,
        to_state text not null,
        actor jsonb not null,
        reason text not null,
        primary key (alert_id, ordinal)
      );
      alter table fabric add column watched text, add column last_check jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fabric drop column watched, drop column last_check;
      drop table alert_change, alert;
    `);
  }
}
