import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tasks that were given up are counted at every look at the bus: not by reading those that are over. */
export class IndexGivenUpTasks1796077800000 implements MigrationInterface {
  readonly name = 'IndexGivenUpTasks1796077800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX task_given_up ON task (queue, type) WHERE state = 'failed'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX task_given_up`);
  }
}
