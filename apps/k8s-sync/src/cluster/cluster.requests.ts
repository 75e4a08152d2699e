import { clusterDelete, clusterGet, clusterPut, clusterTest, type ClusterView, type ConnectionTest } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { ClusterService } from './cluster.service.ts';

type Asked<Contract extends { request: z.ZodType }> = z.output<Contract['request']>;

@Controller()
export class ClusterRequests {
  constructor(@Inject(ClusterService) private readonly clusters: ClusterService) {}

  @OnRequest(clusterPut)
  put({ fabricId, spec }: Asked<typeof clusterPut>): Promise<ClusterView> {
    return this.clusters.put(fabricId, spec);
  }

  @OnRequest(clusterGet)
  get({ fabricId }: Asked<typeof clusterGet>): Promise<ClusterView> {
    return this.clusters.get(fabricId);
  }

  @OnRequest(clusterDelete)
  remove({ fabricId }: Asked<typeof clusterDelete>): Promise<{ fabricId: string }> {
    return this.clusters.remove(fabricId);
  }

  @OnRequest(clusterTest)
  test({ fabricId, spec }: Asked<typeof clusterTest>): Promise<ConnectionTest> {
    return this.clusters.test(fabricId, spec);
  }
}
