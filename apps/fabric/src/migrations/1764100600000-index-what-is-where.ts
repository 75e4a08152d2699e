import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is where, over all fabrics: by value or by the first letters of a value, by lease, in the few catalogs. */
export class IndexWhatIsWhere1764100600000 implements MigrationInterface {
  readonly name = 'IndexWhatIsWhere1764100600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index claim_where on claim (value text_pattern_ops) where value is not null;
      create index resource_named on resource (name text_pattern_ops);
      create index agent_lease on agent using gin ((body -> 'status' -> 'allocated')) where kind = 'DHCPSubnet';
      create index agent_catalog on agent (fabric_id) where kind = 'Catalog';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index agent_catalog; drop index agent_lease; drop index resource_named; drop index claim_where;');
  }
}
