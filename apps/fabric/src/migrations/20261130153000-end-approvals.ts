import type { MigrationInterface, QueryRunner } from 'typeorm';

/** That nobody approved in time is written down, and told: so it is a state of its own. */
export class EndApprovals1796052600000 implements MigrationInterface {
  readonly name = 'EndApprovals1796052600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table approval drop constraint approval_state_check;
      alter table approval add constraint approval_state_check check (state in ('pending', 'approved', 'used', 'rejected', 'superseded', 'expired'));
      create index approval_pending on approval (fabric_id) where state = 'pending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index approval_pending;
      update approval set state = 'superseded' where state = 'expired';
      alter table approval drop constraint approval_state_check;
      alter table approval add constraint approval_state_check check (state in ('pending', 'approved', 'used', 'rejected', 'superseded'));
    `);
  }
}
