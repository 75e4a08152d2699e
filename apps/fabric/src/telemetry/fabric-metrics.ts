import { Background, Database, Metrics } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

const EVERY_MS = 15_000;

/** Counts of what is stored, looked up now and then: exact, whichever replica is asked. */
@Injectable()
export class FabricMetrics implements OnApplicationBootstrap {
  readonly #resources;
  readonly #operations;
  readonly #drifts;

  constructor(private readonly database: Database, private readonly background: Background, metrics: Metrics) {
    this.#resources = metrics.gauge('heddle_resources', 'Objects by state', ['state']);
    this.#operations = metrics.gauge('heddle_operations_open', 'Operations that have not ended, by state', ['state']);
    this.#drifts = metrics.gauge('heddle_drifts_open', 'Drifts that have not ended, by severity', ['severity']);
  }

  onApplicationBootstrap(): void {
    this.background.every('fabric metrics', EVERY_MS, () => this.measure());
  }

  async measure(): Promise<void> {
    const count = (sql: string) => this.database.query<{ label: string; count: string }>(sql);
    const resources = await count('select state as label, sum(objects) as count from resource_tally group by 1 having sum(objects) > 0');
    const operations = await count(`select state as label, count(*) as count from operation where state in ('pending', 'in_progress') group by 1`);
    const drifts = await count(`select severity as label, count(*) as count from drift where state <> 'resolved' group by 1`);
    for (const gauge of [this.#resources, this.#operations, this.#drifts]) gauge.reset();
    for (const { label, count: value } of resources) this.#resources.set({ state: label }, Number(value));
    for (const { label, count: value } of operations) this.#operations.set({ state: label }, Number(value));
    for (const { label, count: value } of drifts) this.#drifts.set({ severity: label }, Number(value));
  }
}
