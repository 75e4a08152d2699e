import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether anything is held is asked for with each message of a watch: it must not cost a look at every document. */
export class IndexHeldDocuments1795255800000 implements MigrationInterface {
  readonly name = 'IndexHeldDocuments1795255800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index source_document_held on source_document (fabric_id) where status = 'held';
      create index resource_held on resource (fabric_id) where held;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index resource_held; drop index source_document_held;');
  }
}
