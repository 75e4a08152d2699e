import {
  repositoryCreate, repositoryDelete, repositoryGet, repositoryList, repositoryRefresh, repositoryTest, repositoryUpdate, repositoryWebhook,
  type ConnectionTest, type Page, type PageQuery, type RepositorySpec, type RepositoryView,
} from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ConnectionTestService } from '../connection-test/connection-test.service.ts';
import { WebhooksService } from '../webhooks/webhooks.service.ts';
import { RepositoriesService } from './repositories.service.ts';

interface Reference { repository: string }

/** What the gateway asks about repositories. */
@Controller()
export class RepositoriesHandlers {
  constructor(
    private readonly repositories: RepositoriesService,
    private readonly connectionTests: ConnectionTestService,
    private readonly webhooks: WebhooksService,
  ) {}

  @OnRequest(repositoryCreate)
  create(spec: RepositorySpec): Promise<RepositoryView> {
    return this.repositories.create(spec);
  }

  @OnRequest(repositoryList)
  list(query: PageQuery): Promise<Page<RepositoryView>> {
    return this.repositories.list(query);
  }

  @OnRequest(repositoryGet)
  get({ repository }: Reference): Promise<RepositoryView> {
    return this.repositories.get(repository);
  }

  @OnRequest(repositoryUpdate)
  update({ repository, patch }: z.output<typeof repositoryUpdate.request>): Promise<RepositoryView> {
    return this.repositories.update(repository, patch);
  }

  @OnRequest(repositoryDelete)
  delete({ repository }: Reference): Promise<{ id: string }> {
    return this.repositories.delete(repository);
  }

  @OnRequest(repositoryTest)
  test(request: z.output<typeof repositoryTest.request>): Promise<ConnectionTest> {
    return this.connectionTests.test(request);
  }

  @OnRequest(repositoryRefresh)
  refresh({ repository }: Reference): Promise<{ accepted: boolean }> {
    return this.repositories.refresh(repository);
  }

  @OnRequest(repositoryWebhook)
  webhook(webhook: z.output<typeof repositoryWebhook.request>): Promise<{ accepted: boolean; reason: string }> {
    return this.webhooks.receive(webhook);
  }
}
