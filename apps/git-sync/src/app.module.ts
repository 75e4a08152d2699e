import { alertThresholdsOf, MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { GIT_SYNC_CONFIG } from './config-token.ts';
import type { GitSyncConfig } from './config.ts';
import { ConnectionTestService } from './connection-test/connection-test.service.ts';
import { GitHealth } from './git/git-health.ts';
import { GitRemotes } from './git/git-remotes.ts';
import { ManifestParserProvider } from './manifests/manifest-parser.provider.ts';
import { CreateRepositories1763710000000 } from './migrations/1763710000000-create-repositories.ts';
import { NumberSourceMessages1764000500000 } from './migrations/1764000500000-number-source-messages.ts';
import { GitRepository } from './repositories/git-repository.entity.ts';
import { RepositoriesHandlers } from './repositories/repositories.handlers.ts';
import { RepositoriesService } from './repositories/repositories.service.ts';
import { RepositoryContacts } from './repositories/repository-contacts.ts';
import { RepositorySecrets } from './repositories/repository-secrets.ts';
import { RepositoryTools } from './repositories/repository-tools.ts';
import { FetchLoop } from './sources/fetch-loop.ts';
import { HandOver } from './sources/hand-over.ts';
import { RepositoryLooks } from './sources/repository-looks.ts';
import { RepositoryVisit } from './sources/repository-visit.ts';
import { Source } from './sources/source.entity.ts';
import { SourcesHandlers } from './sources/sources.handlers.ts';
import { SourcesService } from './sources/sources.service.ts';
import { VisitTools } from './sources/visit-tools.ts';
import { WebhooksService } from './webhooks/webhooks.service.ts';

/** Repositories, their mirrors, and the documents that fabrics read from them. */
@Module({})
export class AppModule {
  static forRoot(config: GitSyncConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'git-sync', config, entities: [GitRepository, Source], migrations: [...messagingMigrations, CreateRepositories1763710000000, NumberSourceMessages1764000500000] }),
        MessagingModule.forRoot({ service: 'git-sync', amqpUrls: config.HEDDLE_AMQP_URL.split(','), alerts: alertThresholdsOf(config) }),
      ],
      controllers: [RepositoriesHandlers, SourcesHandlers],
      providers: [
        { provide: GIT_SYNC_CONFIG, useValue: config },
        GitRemotes, GitHealth, ManifestParserProvider,
        RepositoriesService, RepositoryContacts, RepositorySecrets, RepositoryTools, ConnectionTestService, WebhooksService,
        FetchLoop, HandOver, RepositoryLooks, RepositoryVisit, SourcesService, VisitTools,
      ],
    };
  }
}
