import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What Agents tell of becomes findings of source `agent`, what is wrong with what lives findings of source `live`.
 * `agent_problem`: each place where an Agent breaks a rule of health, also before it is told and while it is over but not long enough.
 * `fabric.compliance_grace_seconds`: for so long a finding of source `live` does not count.
 * `agent_problem.due_at`: when it is to be told or forgotten if nothing is heard until then. `finding.agent`: whose finding it is, `Agent/leaf-1`.
 */
export class CreateAgentProblems1764100500000 implements MigrationInterface {
  readonly name = 'CreateAgentProblems1764100500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table finding drop constraint finding_source_check;
      alter table finding add constraint finding_source_check check (source in ('document', 'duplicate', 'object', 'directory', 'agent', 'live'));
      alter table finding add column agent text, add column since timestamptz not null default now();
      create index finding_agent on finding (fabric_id, agent) where agent is not null;
      create index finding_source on finding (fabric_id, source, id);
      create table agent_problem (
        fabric_id uuid not null references fabric on delete cascade,
        agent text not null,
        rule text not null,
        field text not null,
        severity text not null,
        message text not null,
        remedy text not null,
        touches jsonb not null,
        peer text,
        since timestamptz not null,
        clear_since timestamptz,
        shown boolean not null,
        due_at timestamptz,
        primary key (fabric_id, agent, rule, field)
      );
      alter table fabric add column compliance_grace_seconds integer not null default 600;
      create index agent_problem_due on agent_problem (due_at) where due_at is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table agent_problem;
      alter table fabric drop column compliance_grace_seconds;
      delete from finding where source in ('agent', 'live');
      drop index finding_source;
      alter table finding drop column agent, drop column since;
      alter table finding drop constraint finding_source_check;
      alter table finding add constraint finding_source_check check (source in ('document', 'duplicate', 'object', 'directory'));
    `);
  }
}
