import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Parts of names are looked up within their fabric: others have the same names. One index answers any combination of the
 * filters of drifts, and one of those of alerts; in the order of the list those with few rows would be looked for in every row.
 */
export class IndexFilters1796051400000 implements MigrationInterface {
  readonly name = 'IndexFilters1796051400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index resource_name;
      create index resource_name on resource using gin (fabric_id, name public.gin_trgm_ops);
      create index drift_filters on drift using gin (fabric_id, state, kind, type, severity, conflict, managers, name public.gin_trgm_ops);
      drop index alert_fabrics;
      create index alert_filters on alert using gin (fabric_ids, state, severity, type);
      create index verdict_object on verdict (kind, name, id);
      create index verdict_kind on verdict (fabric_id, kind, id);
      create index approval_state on approval (state, requested_at desc, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index approval_state, verdict_kind, verdict_object, alert_filters, drift_filters, resource_name;
      create index alert_fabrics on alert using gin (fabric_ids);
      create index resource_name on resource using gin (name public.gin_trgm_ops);
    `);
  }
}
