import { Background, Logger, Metrics } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { brokerUrls } from '../broker/broker-address.ts';
import { type Apart, findApart } from '../broker/find-apart.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';

const EVERY_MS = 30_000;

/** In the gateway, where several nodes of the broker are named: looks whether they know of each other, and logs what changed. */
@Injectable()
export class NodeWatch implements OnApplicationBootstrap {
  readonly #apart;
  readonly #urls: readonly string[];
  #told = '';

  constructor(@Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions, @Inject(Background) private readonly background: Background, @Inject(Logger) private readonly logger: Logger, @Inject(Metrics) metrics: Metrics) {
    this.#urls = options.service === 'gateway' ? urlsOf(options.amqpUrls) : [];
    this.#apart = metrics.gauge('heddle_bus_nodes_apart', 'Pairs of nodes of the broker of which one does not know what is declared at the other');
  }

  onApplicationBootstrap(): void {
    if (this.#urls.length < 2 || this.options.observeEveryMs === 0) return;
    this.background.every('looking at the nodes of the broker', EVERY_MS, async () => { await this.look(); });
  }

  /** Looks once. @returns the pairs that are apart */
  async look(): Promise<Apart[]> {
    const apart = await findApart(this.#urls);
    this.#apart.set(apart.length);
    const told = apart.map(({ node, from }) => `${node} does not know what is declared at ${from}`).sort().join('; ');
    if (told !== this.#told) {
      if (apart.length > 0) this.logger.error('nodes of the broker keep apart', { apart, remedy: 'Start the one anew that the others miss: `rabbitmqctl cluster_status` at each names the partitions.' });
      else this.logger.info('the nodes of the broker are together again');
    }
    this.#told = told;
    return apart;
  }
}

function urlsOf(urls: MessagingOptions['amqpUrls']): readonly string[] {
  if (typeof urls !== 'string') return urls;
  return urls.startsWith('memory:') ? [] : brokerUrls(urls);
}
