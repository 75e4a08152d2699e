import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a repeated or late message is told by. `fabric.source_sequence`: the last word on the source that was taken.
 * `fabric.questions`: how often git-sync was asked. `watch.heard_*`: the newest observation of a kind.
 * `watch.listed_*`: the last whole list; what was seen before it says nothing any more.
 * `agent_gone`: Agents that were deleted since the last whole list, so that an older sighting does not bring one back.
 */
export class NumberWhatWasHeard1764000500001 implements MigrationInterface {
  readonly name = 'NumberWhatWasHeard1764000500001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table fabric add column source_sequence bigint not null default 0, add column questions integer not null default 0;
      alter table watch add column heard_epoch bigint not null default 0, add column heard_sequence bigint not null default 0,
        add column listed_epoch bigint not null default 0, add column listed_sequence bigint not null default 0;
      create table agent_gone (
        fabric_id uuid not null references fabric on delete cascade,
        kind text not null,
        name text not null,
        epoch bigint not null,
        sequence bigint not null,
        primary key (fabric_id, kind, name)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table agent_gone;
      alter table watch drop column heard_epoch, drop column heard_sequence, drop column listed_epoch, drop column listed_sequence;
      alter table fabric drop column source_sequence, drop column questions;
    `);
  }
}
