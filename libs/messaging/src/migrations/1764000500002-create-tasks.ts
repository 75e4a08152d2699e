import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tasks: work that a service does outside of any handler. `attempt` rises with each start and fences what an earlier one still
 * writes; `failures` counts what is tried again. `fair_key`: tasks of equal priority take turns by it.
 */
export class CreateTasks1764000500002 implements MigrationInterface {
  readonly name = 'CreateTasks1764000500002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE task (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        type text NOT NULL,
        key text NOT NULL,
        queue text NOT NULL,
        priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 9),
        fair_key text NOT NULL DEFAULT '',
        payload jsonb NOT NULL,
        context jsonb NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
        attempt integer NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        owner uuid,
        due_at timestamptz NOT NULL,
        reason text NOT NULL DEFAULT '',
        message text NOT NULL DEFAULT '',
        tries jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        UNIQUE (type, key),
        CHECK ((state = 'running') = (owner IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX task_waiting ON task (queue, priority DESC, due_at) WHERE state = 'waiting'`);
    await runner.query(`CREATE INDEX task_running ON task (queue) WHERE state = 'running'`);
    await runner.query(`CREATE INDEX task_turn ON task (queue, fair_key, started_at DESC)`);
    await runner.query(`CREATE INDEX task_listing ON task (created_at DESC, id)`);
    await runner.query(`CREATE INDEX task_over ON task (finished_at) WHERE finished_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE task`);
  }
}
