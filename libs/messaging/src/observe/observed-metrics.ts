import { totalmem } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '@heddle/platform';
import { BusMetrics } from '../nest/bus-metrics.ts';
import type { QueueReading } from './queue-watch.ts';
import type { Series } from './signal.ts';
import type { TableCounts } from './table-counts.ts';

/** Where measurements come from; each can fail for itself. */
export type ObservedSource = 'queues' | 'tables';

/** Gauges of what is measured now and then. What can't be measured is taken away rather than repeated, and `heddle_bus_observed` says so. */
@Injectable()
export class ObservedMetrics {
  readonly #observed;
  readonly #messages;
  readonly #consumers;
  readonly #seenConsumers;
  readonly #lag;
  readonly #standstill;
  readonly #connected;
  readonly #blocked;
  readonly #differences;
  readonly #heartbeat;
  readonly #memory;
  readonly #givenUp;
  readonly #alerts;

  constructor(@Inject(Metrics) private readonly metrics: Metrics, @Inject(BusMetrics) private readonly bus: BusMetrics) {
    this.#observed = metrics.gauge('heddle_bus_observed', 'Whether the queues and tables of the bus could be measured: 1 or 0', ['source']);
    this.#messages = metrics.gauge('heddle_bus_queue_messages', 'Messages that wait in a queue of the service', ['queue']);
    this.#consumers = metrics.gauge('heddle_bus_queue_consumers', 'Consumers of a queue of the service', ['queue']);
    this.#seenConsumers = metrics.gauge('heddle_bus_seen_consumers', 'Consumers of each queue of the mesh, as the gateway sees them', ['queue']);
    this.#lag = metrics.gauge('heddle_bus_lag_seconds', 'Age of the oldest waiting message of a queue at most', ['queue']);
    this.#standstill = metrics.gauge('heddle_bus_standstill_seconds', 'For how long messages of a queue wait of which none is taken', ['queue']);
    this.#connected = metrics.gauge('heddle_bus_connected', 'Whether a connection with the broker is up: 1 or 0', ['connection']);
    this.#blocked = metrics.gauge('heddle_bus_blocked', 'Whether the broker takes no messages (memory or disk alarm): 1 or 0', ['connection']);
    this.#differences = metrics.gauge('heddle_bus_topology_differences', 'Queues and exchanges whose settings differ from the contracts');
    this.#heartbeat = metrics.gauge('heddle_heartbeat_confirmed', 'Whether the process may act on its leases: 1 or 0');
    this.#memory = metrics.gauge('heddle_memory_share', 'Resident memory of the process, as a share of what it may have');
    this.#givenUp = metrics.gauge('heddle_work_given_up', 'Tasks that were given up, and that nobody has closed or tried again', ['queue', 'type']);
    this.#alerts = metrics.gauge('heddle_alert', 'Places at which an alert fires', ['alert', 'severity']);
  }

  /** @param own queues of the service itself; of others the consumers alone are told. @param readings absent when they could not be measured */
  queues(readings: readonly QueueReading[] | undefined, own: ReadonlySet<string>, complete: boolean): void {
    for (const gauge of [this.#messages, this.#consumers, this.#lag, this.#standstill, this.#seenConsumers]) gauge.reset();
    for (const { queue, messages, consumers, lagSeconds, standstillSeconds } of readings ?? []) {
      if (!own.has(queue)) {
        this.#seenConsumers.set({ queue }, consumers);
        continue;
      }
      this.#messages.set({ queue }, messages);
      this.#consumers.set({ queue }, consumers);
      this.#lag.set({ queue }, lagSeconds);
      this.#standstill.set({ queue }, standstillSeconds);
    }
    this.#observed.set({ source: 'queues' }, readings && complete ? 1 : 0);
  }

  /** @param counts absent when they could not be measured @param told labels of the alerts on tasks: where none is left, the alert ends by a 0 */
  tables(counts: TableCounts | undefined, told: readonly Readonly<Record<string, string>>[]): void {
    const { outboxRows, outboxHeld, outboxAge, parked } = this.bus;
    this.#observed.set({ source: 'tables' }, counts ? 1 : 0);
    this.#givenUp.reset();
    if (!counts) {
      for (const gauge of [outboxRows, outboxHeld, outboxAge]) gauge.remove();
      parked.reset();
      return;
    }
    outboxRows.set(counts.outbox.messages);
    outboxHeld.set(counts.outbox.held);
    outboxAge.set(counts.outbox.oldestSeconds);
    parked.set({ state: 'parked' }, counts.parked);
    parked.set({ state: 'dead' }, counts.dead);
    for (const labels of told) this.#givenUp.set(labels, 0);
    for (const { queue, type, count } of counts.givenUp) this.#givenUp.set({ queue, type }, count);
  }

  connection(connection: string, connected: boolean, blocked: boolean): void {
    this.#connected.set({ connection }, connected ? 1 : 0);
    this.#blocked.set({ connection }, blocked ? 1 : 0);
  }

  process(heartbeatConfirmed: boolean, topologyDifferences: number): void {
    this.#heartbeat.set(heartbeatConfirmed ? 1 : 0);
    this.#differences.set(topologyDifferences);
    const { rss } = process.memoryUsage();
    // Within a container its limit; without one the constraint is 0 or beyond what there is.
    const constrained = process.constrainedMemory();
    this.#memory.set(rss / (constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()));
  }

  alert(alert: string, severity: string, places: number): void {
    this.#alerts.set({ alert, severity }, places);
  }

  /** The series of these metrics as they are now; those of histograms under `<name>_bucket`. */
  async series(names: ReadonlySet<string>): Promise<Map<string, Series[]>> {
    const found = new Map<string, Series[]>();
    for (const name of names) {
      const metric = await this.metrics.registry.getSingleMetric(name.replace(/_bucket$/, ''))?.get();
      const values = (metric?.values ?? []) as { value: number; labels: Record<string, string | number>; metricName?: string }[];
      found.set(name, values.filter(({ metricName }) => metricName === undefined || metricName === name)
        .map(({ value, labels }) => ({ value, labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)])) })));
    }
    return found;
  }
}
