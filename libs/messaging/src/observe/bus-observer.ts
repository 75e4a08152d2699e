import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Alert, BusView, QueueView } from '@heddle/contracts';
import { Background, Clock, Database, describeError, type Lease, Leases, Logger, sleep } from '@heddle/platform';
import { within } from '../broker/within.ts';
import { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { BusMetrics } from '../nest/bus-metrics.ts';
import { takenLately } from '../inbox/inbox.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { queuesOfGroup, topologyOf } from '../topology/topology.ts';
import { Transport } from '../transport/transport.ts';
import { WORK_QUEUES } from '../work/work-queues.ts';
import { AlertBook } from './alert-book.ts';
import { fillIn } from './alert-rule.ts';
import { alertRules, DEFAULT_ALERT_THRESHOLDS, TASKS_GIVEN_UP } from './alert-rules.ts';
import { alertKey, type AlertState, evaluateAlerts } from './evaluate-alerts.ts';
import { ObservedMetrics } from './observed-metrics.ts';
import { type QueueReading, QueueWatch } from './queue-watch.ts';
import { shareProgress } from './share-progress.ts';
import { metricOf, type Snapshot } from './signal.ts';
import { countTables, type TableCounts } from './table-counts.ts';

const EVERY_MS = 5_000;
const TABLES_MS = 4_000;

/**
 * Looks at the bus every five seconds, in each replica for itself: queues, tables, connections. Sets the metrics, evaluates
 * the alerts on them, and logs and tells what changed. The gateway looks at the queues of all services besides, since
 * somebody must see that a service is not there.
 */
@Injectable()
export class BusObserver implements OnApplicationBootstrap {
  readonly #own: ReadonlySet<string>;
  readonly #wanted: ReadonlySet<string>;
  readonly #watch: QueueWatch;
  readonly #rules;
  readonly #names: ReadonlySet<string>;
  readonly #longestMs: number;
  #history: Snapshot[] = [];
  #states = new Map<string, AlertState>();
  #queues: QueueReading[] | undefined;
  #missing: string[] = [];
  #tables: TableCounts | undefined;
  #observedAt: Date | undefined;
  #lease: Lease | undefined;
  readonly #faults = new Map<string, string>();

  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Transport) private readonly transport: Transport,
    @Inject(ObservedMetrics) private readonly metrics: ObservedMetrics,
    @Inject(AlertBook) private readonly book: AlertBook,
    @Inject(Database) private readonly database: Database,
    @Inject(ParkingLot) private readonly parkingLot: ParkingLot,
    @Inject(DeadLetterStore) private readonly deadLetters: DeadLetterStore,
    @Inject(Background) private readonly background: Background,
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly logger: Logger,
    @Inject(BusMetrics) bus: BusMetrics,
  ) {
    const { queues, groups } = topologyOf();
    const all = [...queues.map(({ name, service }) => ({ name, service })), ...groups.flatMap((group) => queuesOfGroup(group).map((name) => ({ name, service: group.service })))];
    this.#own = new Set(all.filter(({ service }) => service === options.service).map(({ name }) => name));
    this.#wanted = new Set(all.filter(({ name }) => options.service === 'gateway' || this.#own.has(name)).map(({ name }) => name));
    this.#watch = new QueueWatch(transport, () => [...this.#wanted].filter((name) => transport.hasQueue(name)), bus.lastDelivered, {
      takenLately: (queues) => this.takenLately(queues), shareProgress: (known) => this.shareProgress(known),
    });
    this.#rules = alertRules({ ...DEFAULT_ALERT_THRESHOLDS, ...options.alerts });
    this.#names = new Set(this.#rules.map(({ signal }) => metricOf(signal)));
    this.#longestMs = 1_000 * Math.max(...this.#rules.map(({ signal }) => ('overSeconds' in signal ? signal.overSeconds : 0)));
  }

  onApplicationBootstrap(): void {
    const everyMs = this.options.observeEveryMs ?? EVERY_MS;
    if (everyMs === 0) return;
    this.background.start('looking at the bus', async (signal) => {
      // The first look comes after the connections: before them there would be an alarm at each start.
      for (await sleep(everyMs, signal); !signal.aborted; await sleep(everyMs, signal)) await this.look();
    });
  }

  /** Measures everything once, and evaluates the alerts. Never throws: what fails is logged once for each cause. */
  async look(): Promise<void> {
    const now = this.clock.now();
    const [queues, tables] = await Promise.all([
      this.attempt('queues', () => this.#watch.look(now.getTime())),
      this.attempt('tables', () => within(TABLES_MS, 'counting the tables of the bus', countTables(this.database, this.parkingLot, this.deadLetters), 'PostgreSQL')),
    ]);
    this.#queues = queues?.readings;
    this.#missing = queues?.missing ?? [];
    this.#tables = tables;
    this.#observedAt = now;
    this.metrics.queues(this.#queues, this.#own, this.#missing.length === 0);
    this.metrics.tables(tables, [...this.#states.values()].filter(({ rule }) => rule.id === TASKS_GIVEN_UP).map(({ labels }) => labels));
    for (const { name, connected, blocked } of this.transport.links) this.metrics.connection(name, connected, blocked);
    this.metrics.process(this.leases.confirmed, this.transport.differences.length);
    await this.evaluate(now);
  }

  /** The bus of this service as it was last seen. */
  view(): BusView {
    const { broker, links } = this.transport;
    const missing = this.#missing.map((queue): QueueView => ({ queue, messages: null, consumers: null, lagSeconds: null }));
    return {
      service: this.options.service, observedAt: this.#observedAt?.toISOString() ?? null,
      broker: broker && links.some(({ name, connected }) => name === 'consume' && connected) ? { product: broker.product, version: broker.version, quorumQueues: broker.quorumQueues } : null,
      connections: links.map(({ name, connected, fault }) => ({ name, connected, fault: fault ?? null })),
      topologyDifferences: [...this.transport.differences],
      queues: [...(this.#queues ?? []).map(({ queue, messages, consumers, lagSeconds }) => ({ queue, messages, consumers, lagSeconds })), ...missing],
      outbox: this.#tables?.outbox ?? null, ...(this.#tables && { heldMessages: this.#tables.heldMessages }), parked: this.#tables?.parked ?? null, dead: this.#tables?.dead ?? null,
      alerts: [...this.#states.values()].filter(({ phase }) => phase === 'firing').map((state) => this.describe(state)),
    };
  }

  /** By the inbox, which all replicas of the service share; the queues of other services have theirs elsewhere. */
  private async takenLately(queues: readonly string[]): Promise<ReadonlySet<string>> {
    const own = queues.filter((queue) => this.#own.has(queue));
    return await this.attempt('inbox', () => within(TABLES_MS, 'looking into the inbox', takenLately(this.database, own), 'PostgreSQL')) ?? new Set();
  }

  private async shareProgress(known: ReadonlyMap<string, number | undefined>): Promise<ReadonlyMap<string, number>> {
    const own = new Map([...known].filter(([queue]) => this.#own.has(queue)));
    return await this.attempt('progress', () => within(TABLES_MS, 'sharing the progress of the queues', shareProgress(this.database, own), 'PostgreSQL')) ?? new Map();
  }

  private async evaluate(now: Date): Promise<void> {
    // Rules can't be evaluated twice within one moment: what has held since then would count as no time.
    const snapshot: Snapshot = { at: now.getTime(), series: await this.metrics.series(this.#names) };
    this.#history = [...this.#history.filter(({ at }) => at >= snapshot.at - this.#longestMs - EVERY_MS * 2), snapshot];
    await this.attempt('alert lease', () => this.takeOver());
    const before = this.#states;
    this.#states = evaluateAlerts(this.#rules, this.#history, before);
    for (const { id, severity } of this.#rules) this.metrics.alert(id, severity, [...this.#states.values()].filter((state) => state.rule.id === id && state.phase === 'firing').length);
    this.log(before);
    await this.attempt('alert events', () => this.book.tell(this.#states, (state) => this.describe(state), this.#lease, now));
  }

  /**
   * Whoever answers for the service goes on with what was told before: otherwise a restart would end what still fires. Not with
   * what was told of a queue that this release does not have: nothing would ever end it.
   */
  private async takeOver(): Promise<void> {
    const lease = await this.book.lease();
    if (lease && lease !== this.#lease) {
      for (const [key, state] of await this.book.told(this.#rules)) {
        const { queue } = state.labels;
        if (this.#states.get(key)?.phase !== 'firing' && (queue === undefined || this.#wanted.has(queue) || queue in WORK_QUEUES)) this.#states.set(key, state);
      }
    }
    this.#lease = lease;
  }

  private log(before: ReadonlyMap<string, AlertState>): void {
    for (const state of this.#states.values()) {
      if (state.phase !== 'firing' || before.get(alertKey(state.rule, state.labels))?.phase === 'firing') continue;
      const { alert, severity, summary, remedy, labels, value } = this.describe(state);
      this.logger[severity === 'critical' ? 'error' : 'warn']('an alert fires', { alert, severity, summary, remedy, ...labels, value });
    }
    for (const [key, state] of before) {
      if (state.phase === 'firing' && !this.#states.has(key)) this.logger.info('an alert is resolved', { alert: state.rule.id, ...state.labels });
    }
  }

  private describe({ rule, labels, value, since }: AlertState): Alert {
    const shown = value === undefined ? '?' : String(Math.round(value * 100) / 100);
    return {
      alert: rule.id, severity: rule.severity, service: this.options.service, ...(rule.scope === 'replica' && { replica: this.leases.owner }), labels,
      ...(value !== undefined && { value }), threshold: rule.threshold, since: new Date(since).toISOString(),
      summary: fillIn(rule.summary, { ...labels, value: shown }), remedy: rule.remedy, runbook: `docs/bus.md#${rule.runbook}`,
    };
  }

  /** Does what may fail while broker or database are away; each new cause is logged once. */
  private async attempt<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await work();
      this.#faults.delete(what);
      return result;
    } catch (error) {
      const text = describeError(error);
      if (this.#faults.get(what) !== text) this.logger.warn('a look at the bus failed', { what, error: text });
      this.#faults.set(what, text);
      return undefined;
    }
  }
}
