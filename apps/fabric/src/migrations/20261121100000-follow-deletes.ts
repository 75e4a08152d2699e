import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `resource.gone_hash`: body of an object that is gone from the API server and may still be on switches.
 * `step.uid`: the object that a delete was planned for. `fabric.prune_held`: why deletes wait for a person.
 * `fabric.cluster_since`: when the present cluster took the place of another; what was seen before is of that one.
 */
export class FollowDeletes1795255200000 implements MigrationInterface {
  readonly name = 'FollowDeletes1795255200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table resource add column gone_hash text;
      alter table step add column uid text;
      alter table fabric add column prune_held text, add column cluster_since timestamptz;
      create index resource_gone on resource (fabric_id) where gone_hash is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index resource_gone;
      alter table resource drop column gone_hash;
      alter table step drop column uid;
      alter table fabric drop column prune_held, drop column cluster_since;
    `);
  }
}
