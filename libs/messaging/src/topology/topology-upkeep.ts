import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Background, describeError, Logger, sleep } from '@heddle/platform';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { Transport } from '../transport/transport.ts';

const EVERY_MS = 60_000;

/**
 * Declares the topology once a minute, in each process: what somebody deleted is there again, also a binding, whose loss
 * nothing tells where another queue takes the message, and what differs is compared anew. All that is there costs the
 * broker nothing.
 */
@Injectable()
export class TopologyUpkeep implements OnApplicationBootstrap {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Transport) private readonly transport: Transport,
    @Inject(Background) private readonly background: Background,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const everyMs = this.options.declareEveryMs ?? EVERY_MS;
    // The first time comes later than the connections, each of which has declared it.
    this.background.start('declaring the topology', async (signal) => {
      // A broker that does not answer must not hold up the end of the process.
      for (await sleep(everyMs, signal); !signal.aborted; await sleep(everyMs, signal)) await Promise.race([this.declare(), sleep(everyMs, signal)]);
    });
  }

  private async declare(): Promise<void> {
    try {
      await this.transport.declareAgain();
    } catch (error) {
      this.logger.warn('declaring the topology again failed', { error: describeError(error) });
    }
  }
}
