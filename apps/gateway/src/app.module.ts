import { alertThresholdsOf, MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ArchiveController } from './archive/archive.controller.ts';
import { BusController } from './bus/bus.controller.ts';
import { Asker } from './asking/asker.service.ts';
import type { GatewayConfig } from './config.ts';
import { DeadLettersController } from './dead-letters/dead-letters.controller.ts';
import { DeadLettersService } from './dead-letters/dead-letters.service.ts';
import { AlertsController } from './alerts/alerts.controller.ts';
import { DriftsController } from './drifts/drifts.controller.ts';
import { EventFeed } from './events/event-feed.ts';
import { EventsController } from './events/events.controller.ts';
import { ExplainController } from './explain/explain.controller.ts';
import { FabricsController } from './fabrics/fabrics.controller.ts';
import { FabricsService } from './fabrics/fabrics.service.ts';
import { CreateTokens1763700200000 } from './migrations/1763700200000-create-tokens.ts';
import { TellWhoMadeTokens1764100310000 } from './migrations/1764100310000-tell-who-made-tokens.ts';
import { OperationsController } from './operations/operations.controller.ts';
import { ApprovalsController } from './plans/approvals.controller.ts';
import { PlansController } from './plans/plans.controller.ts';
import { ReplaysController } from './replays/replays.controller.ts';
import { RepositoriesController } from './repositories/repositories.controller.ts';
import { ResourcesController } from './resources/resources.controller.ts';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.ts';
import { TasksController } from './tasks/tasks.controller.ts';
import { NamedTokens } from './tokens/named-tokens.ts';
import { TokenService } from './tokens/token.service.ts';
import { TokensController } from './tokens/tokens.controller.ts';
import { WebhooksController } from './webhooks/webhooks.controller.ts';
import { WhereController } from './where/where.controller.ts';

const CONFIG = Symbol('gateway configuration');

@Module({})
export class AppModule implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(TokenService) private readonly tokens: TokenService,
  ) {}

  static forRoot(config: GatewayConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'gateway', config, migrations: [...messagingMigrations, CreateTokens1763700200000, TellWhoMadeTokens1764100310000] }),
        MessagingModule.forRoot({ service: 'gateway', amqpUrls: config.HEDDLE_AMQP_URL.split(','), alerts: alertThresholdsOf(config) }),
      ],
      controllers: [
        RepositoriesController, ExplainController, FabricsController, ResourcesController, PlansController, ApprovalsController, OperationsController, DriftsController, AlertsController,
        SubscriptionsController, DeadLettersController, TasksController, WebhooksController, EventsController, ReplaysController, ArchiveController, BusController, TokensController,
        WhereController,
      ],
      providers: [{ provide: CONFIG, useValue: config }, Asker, DeadLettersService, FabricsService, NamedTokens, TokenService, EventFeed],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.HEDDLE_METRICS_TOKEN) this.tokens.setForMetrics(this.config.HEDDLE_METRICS_TOKEN);
    if (this.config.HEDDLE_ADMIN_TOKEN) await this.tokens.setAdministrator(this.config.HEDDLE_ADMIN_TOKEN);
  }
}
