import { errorFromWire, type WireError } from '@heddle/platform';
import { brokerAway, late, notRunning } from '../../request/not-reached.ts';
import { requestQueueOf } from '../../topology/topology.ts';
import type { Asker, Question } from '../transport.ts';
import { until } from '../until.ts';
import type { MemoryBroker } from './memory-broker.ts';
import type { MemoryLink } from './memory-link.ts';

/** An {@link Asker} on a memory broker. */
export class MemoryAsker implements Asker {
  readonly #pending = new Set<() => void>();

  constructor(private readonly link: MemoryLink, private readonly broker: MemoryBroker) {
    link.onDown(() => this.forsake());
  }

  start(): void {
    // The link is started by its transport.
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return until(timeoutMs, (reached) => this.link.onUp(reached));
  }

  ask(question: Question): Promise<Buffer> {
    const connection = this.link.current;
    if (!connection || this.link.blocked !== undefined) return Promise.reject(brokerAway(question));
    const answer = this.broker.answererOf(requestQueueOf(question.service));
    if (!answer) return Promise.reject(notRunning(question));
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        clearTimeout(timer);
        this.#pending.delete(lost);
        how();
      };
      const lost = () => settle(() => reject(brokerAway(question)));
      const timer = setTimeout(() => settle(() => reject(late(question))), question.deadlineMs);
      this.#pending.add(lost);
      answer({ method: question.method, body: question.body, headers: question.headers, correlationId: crypto.randomUUID() }).then(
        ({ outcome, body }) => settle(() => outcome === 'ok' ? resolve(body) : reject(errorFromWire(JSON.parse(body.toString('utf8')) as WireError))),
        (error: unknown) => settle(() => reject(brokerAway(question, error))),
      );
    });
  }

  async close(): Promise<void> {
    this.forsake();
  }

  private forsake(): void {
    for (const lost of [...this.#pending]) lost();
  }
}
