import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a process takes part in, and by what others can tell that it is gone. */
export class DescribeProcesses1764000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE process
        ADD COLUMN works text[] NOT NULL DEFAULT '{}',
        ADD COLUMN place text,
        ADD COLUMN pid_started text,
        ADD COLUMN session_pid integer,
        ADD COLUMN session_started timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE process DROP COLUMN works, DROP COLUMN place, DROP COLUMN pid_started, DROP COLUMN session_pid, DROP COLUMN session_started`);
  }
}
