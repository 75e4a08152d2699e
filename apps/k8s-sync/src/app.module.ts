import { alertThresholdsOf, MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { ClusterHandlers } from './cluster/cluster.handlers.ts';
import { ClusterLinks, CONFIG } from './cluster/cluster-links.ts';
import { ClusterRequests } from './cluster/cluster.requests.ts';
import { ClusterService } from './cluster/cluster.service.ts';
import { Clusters } from './cluster/clusters.ts';
import { ConnectionRecorder } from './cluster/connection-recorder.ts';
import type { Config } from './config.ts';
import { CreateClusters1795251600000 } from './migrations/20261121090000-create-clusters.ts';
import { CreateJobs1795251660000 } from './migrations/20261121090100-create-jobs.ts';
import { TellExpiry1796054400000 } from './migrations/20261130160000-tell-expiry.ts';
import { WithdrawSteps1764100410000 } from './migrations/1764100410000-withdraw-steps.ts';
import { JobLoop } from './steps/job-loop.ts';
import { StepStore } from './steps/step-store.ts';
import { ForgetOldJobs } from './steps/forget-old-jobs.ts';
import { StepsHandlers } from './steps/steps.handlers.ts';
import { StepsService } from './steps/steps.service.ts';
import { WatchLoop, WatchTools } from './watch/watch-loop.ts';
import { WatchWishes } from './watch/watch-wishes.ts';

export const MIGRATIONS = [CreateClusters1795251600000, CreateJobs1795251660000, WithdrawSteps1764100410000, TellExpiry1796054400000];

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'k8s-sync', config, migrations: [...messagingMigrations, ...MIGRATIONS] }),
        MessagingModule.forRoot({ service: 'k8s-sync', amqpUrls: config.HEDDLE_AMQP_URL, alerts: alertThresholdsOf(config) }),
      ],
      controllers: [ClusterRequests, ClusterHandlers, StepsHandlers],
      providers: [
        { provide: CONFIG, useValue: config },
        Clusters, ConnectionRecorder, ClusterLinks, ClusterService, WatchWishes, WatchTools, WatchLoop, StepStore, JobLoop, ForgetOldJobs, StepsService,
      ],
    };
  }
}
