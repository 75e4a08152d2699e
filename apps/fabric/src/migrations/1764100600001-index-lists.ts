import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A page of any list, with any filter, reads its own rows: with one index in the order of the list, a rare value would be looked for in every row. */
export class IndexLists1764100600001 implements MigrationInterface {
  readonly name = 'IndexLists1764100600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index finding_severity on finding (fabric_id, severity, id);
      create index drift_of_fabric_state on drift (fabric_id, state, detected_at desc, id);
      create index drift_state on drift (state, detected_at desc, id);
      create index drift_kind on drift (kind, detected_at desc, id);
      create index operation_of_fabric on operation (fabric_id, created_at desc, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index operation_of_fabric; drop index drift_kind; drop index drift_state; drop index drift_of_fabric_state; drop index finding_severity;');
  }
}
