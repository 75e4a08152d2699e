import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `step.wait`: what a step that was not sent waits for, or when it is tried again. `step.sent_at`: when it was handed to
 * k8s-sync. `operation.dispatch_at`: when its steps that are held back are looked at next; null: none is.
 * `fabric.worked_at`: its last turn, so that those that had none for longest come first. `fabric.sync_retry`: when a
 * failed sync is tried again, which try it is, and what a person can do.
 */
export class TellWhatIsWaitedFor1764100400000 implements MigrationInterface {
  readonly name = 'TellWhatIsWaitedFor1764100400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table step add column wait jsonb, add column sent_at timestamptz;
      alter table operation add column dispatch_at timestamptz;
      alter table fabric add column worked_at timestamptz, add column sync_retry jsonb;
      create index step_planned on step (operation_id) where state = 'planned';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index step_planned;
      alter table fabric drop column worked_at, drop column sync_retry;
      alter table operation drop column dispatch_at;
      alter table step drop column wait, drop column sent_at;
    `);
  }
}
