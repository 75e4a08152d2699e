import type { MessageData } from '@heddle/contracts';
import { OnMessage, type MessageContext } from '@heddle/messaging';
import { Controller, Inject } from '@nestjs/common';
import { ClusterService } from './cluster.service.ts';

@Controller()
export class ClusterHandlers {
  constructor(@Inject(ClusterService) private readonly clusters: ClusterService) {}

  /** Queue `k8s-sync.cluster.watch`, for good. */
  @OnMessage('cluster.watch')
  async onWatch(data: MessageData<'cluster.watch'>, { tx }: MessageContext): Promise<void> {
    await this.clusters.wish(tx, data);
  }
}
