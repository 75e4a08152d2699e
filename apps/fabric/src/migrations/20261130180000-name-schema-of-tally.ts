import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tally finds its table whatever the search_path of who writes `resource`: SQL by hand has another than the service. */
export class NameSchemaOfTally1796061600000 implements MigrationInterface {
  readonly name = 'NameSchemaOfTally1796061600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter function tally_objects() set search_path from current');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter function tally_objects() reset search_path');
  }
}
