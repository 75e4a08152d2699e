import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alerts that were told as events and have not ended: one row for each rule and place, of the service or of one process. */
export class CreateAlerts1764000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bus_alert (
        alert text NOT NULL,
        place text NOT NULL,
        replica uuid,
        severity text NOT NULL,
        labels jsonb NOT NULL,
        since timestamptz NOT NULL,
        summary text NOT NULL
      )`);
    await runner.query(`CREATE UNIQUE INDEX bus_alert_place ON bus_alert (place, coalesce(replica, '00000000-0000-0000-0000-000000000000'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bus_alert`);
  }
}
