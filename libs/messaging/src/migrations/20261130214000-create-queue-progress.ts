import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How far each queue is, told by every replica of its consumer: what waits in it was published after this moment. Known
 * anew within a minute, so that it needs to survive no crash of PostgreSQL, and costs no log.
 */
export class CreateQueueProgress1796074800000 implements MigrationInterface {
  readonly name = 'CreateQueueProgress1796074800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE UNLOGGED TABLE queue_progress (queue text PRIMARY KEY, published_after timestamptz NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE queue_progress`);
  }
}
