import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Single steps that were taken back, by name: they may come before the job that has them. */
export class WithdrawSteps1764100410000 implements MigrationInterface {
  readonly name = 'WithdrawSteps1764100410000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE withdrawal (
        operation_id uuid NOT NULL,
        step_id text NOT NULL,
        fabric_id uuid NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (operation_id, step_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE withdrawal`);
  }
}
