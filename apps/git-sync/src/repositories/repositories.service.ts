import { randomBytes } from 'node:crypto';
import type { Page, PageQuery, repositoryPatchSchema, RepositorySpec, RepositoryView } from '@heddle/contracts';
import { Conflict, Database, Invalid, onCommit, sqlStateOf } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { EntityManager } from 'typeorm';
import { GIT_SYNC_CONFIG } from '../config-token.ts';
import type { GitSyncConfig } from '../config.ts';
import { parseGitUrl, remoteKey } from '../git/git-url.ts';
import { FetchLoop } from '../sources/fetch-loop.ts';
import { wantFetch } from '../sources/want-fetch.ts';
import { checkRepository } from './check-repository.ts';
import { findRepository, readersOf } from './find-repository.ts';
import { GitRepository } from './git-repository.entity.ts';
import { RepositoryContacts } from './repository-contacts.ts';
import { RepositorySecrets } from './repository-secrets.ts';
import { RepositoryTools } from './repository-tools.ts';
import { viewOf } from './repository-view.ts';

type Patch = z.output<typeof repositoryPatchSchema>;

/** Repositories as they are entered, changed and shown. */
@Injectable()
export class RepositoriesService {
  constructor(
    @Inject(GIT_SYNC_CONFIG) private readonly config: GitSyncConfig,
    private readonly database: Database,
    private readonly secrets: RepositorySecrets,
    private readonly contacts: RepositoryContacts,
    private readonly loop: FetchLoop,
    private readonly tools: RepositoryTools,
  ) {}

  async create(spec: RepositorySpec): Promise<RepositoryView> {
    const { webhookSecret: given, credentials, certificateAuthority: authority, ...shown } = spec;
    const certificateAuthority = authority || null;
    checkRepository({ ...shown, credentials, certificateAuthority }, this.config.HEDDLE_ALLOW_HTTP);
    const id = this.tools.ids.uuid();
    const now = this.tools.clock.now();
    const webhookSecret = given ?? randomBytes(32).toString('hex');
    const created: GitRepository = {
      ...shown, id, certificateAuthority, ...this.secrets.sealCredentials(id, credentials), webhookSecret: this.secrets.sealWebhookSecret(id, webhookSecret),
      state: 'pending', reason: 'Pending', message: 'The repository was not contacted yet.', since: now, createdAt: now,
      version: 1, failures: 0, nextTryAt: null, lastCheckedAt: null, lastFetchedAt: null, wanted: 1, served: 0, wantedBy: null,
    };
    return this.changed(id, async (tx) => {
      await tx.insert(GitRepository, created).catch((error: unknown) => { throw takenName(error, spec.name); });
      await this.tools.audit.append(tx, { action: 'repository.create', subject: `repository/${spec.name}`, outcome: 'done', details: { id, url: spec.url, authentication: credentials.type } });
      return { ...viewOf(created, [], now), ...(given === undefined ? { webhookSecret } : {}) };
    });
  }

  async list(query: PageQuery): Promise<Page<RepositoryView>> {
    const tx = this.database.dataSource.manager;
    const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString('utf8');
    const rows = await tx.createQueryBuilder(GitRepository, 'r').where('r.name > :after', { after }).orderBy('r.name').take(query.limit + 1).getMany();
    const shown = rows.slice(0, query.limit);
    const readers = await readersOf(tx, shown.map(({ id }) => id));
    const now = this.tools.clock.now();
    const next = rows.length > query.limit ? Buffer.from(shown.at(-1)!.name).toString('base64url') : null;
    return { items: shown.map((row) => viewOf(row, readers.get(row.id) ?? [], now)), next };
  }

  async get(reference: string): Promise<RepositoryView> {
    return this.view(this.database.dataSource.manager, reference);
  }

  async update(reference: string, patch: Patch): Promise<RepositoryView> {
    const { id } = await findRepository(this.database.dataSource.manager, reference);
    return this.changed(id, async (tx) => {
      const repository = await findRepository(tx, id, true);
      const newAddress = patch.url !== undefined && patch.url !== repository.url;
      const newHost = newAddress && hostChanges(repository.url, patch.url!);
      const credentials = patch.credentials ?? (newHost ? { type: 'none' as const } : this.secrets.remoteOf(repository).credentials);
      // Empty removes it; like the credentials it belongs to the host.
      const certificateAuthority = (patch.certificateAuthority ?? (newHost ? null : repository.certificateAuthority)) || null;
      const next = {
        url: patch.url ?? repository.url, provider: patch.provider ?? repository.provider,
        defaultBranch: patch.defaultBranch ?? repository.defaultBranch, pollSeconds: patch.pollSeconds ?? repository.pollSeconds,
      };
      checkRepository({ ...next, credentials, certificateAuthority }, this.config.HEDDLE_ALLOW_HTTP);
      const newWayIn = newAddress || patch.credentials !== undefined || patch.certificateAuthority !== undefined;
      await tx.update(GitRepository, id, {
        ...next, certificateAuthority,
        ...(newWayIn ? { ...this.secrets.sealCredentials(id, credentials), version: repository.version + 1, failures: 0 } : {}),
        ...(patch.webhookSecret === undefined ? {} : { webhookSecret: this.secrets.sealWebhookSecret(id, patch.webhookSecret) }),
      });
      if (newAddress) await this.contacts.move(tx, repository, 'address-changed', 'Pending', `The address changed${newHost && !patch.credentials ? '; the credentials belonged to the other host and are gone' : ''}.`);
      else if (newWayIn) await this.contacts.move(tx, repository, 'credentials-changed', 'Testing', 'The repository is contacted with what was changed.');
      await wantFetch(tx, id, { evenInPause: newWayIn });
      await this.tools.audit.append(tx, { action: 'repository.update', subject: `repository/${repository.name}`, outcome: 'done', details: { id, fields: Object.keys(patch).sort(), credentialsDropped: newHost && !patch.credentials } });
      return this.view(tx, id);
    });
  }

  async delete(reference: string): Promise<{ id: string }> {
    return this.database.transaction(async (tx) => {
      const { id, name } = await findRepository(tx, reference, true);
      const fabrics = (await readersOf(tx, [id])).get(id)!;
      if (fabrics.length > 0) {
        throw new Conflict({ code: 'GIT-003', message: `Repository '${name}' is read by ${fabrics.length} fabric(s).`, remedy: 'Give these fabrics another repository or delete them first.', details: { fabrics } });
      }
      await tx.delete(GitRepository, id);
      await tx.query('DELETE FROM webhook_delivery WHERE repository_id = $1', [id]);
      await this.tools.audit.append(tx, { action: 'repository.delete', subject: `repository/${name}`, outcome: 'done', details: { id } });
      return { id };
    });
  }

  async refresh(reference: string): Promise<{ accepted: boolean }> {
    const { id } = await findRepository(this.database.dataSource.manager, reference);
    return this.changed(id, async (tx) => {
      await wantFetch(tx, id, { evenInPause: true });
      return { accepted: true };
    });
  }

  private changed<T>(id: string, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      onCommit(tx, () => this.loop.wake(id));
      return work(tx);
    });
  }

  private async view(tx: EntityManager, reference: string): Promise<RepositoryView> {
    const repository = await findRepository(tx, reference);
    return viewOf(repository, (await readersOf(tx, [repository.id])).get(repository.id)!, this.tools.clock.now());
  }
}

function hostChanges(before: string, after: string): boolean {
  try {
    return remoteKey(parseGitUrl(before)) !== remoteKey(parseGitUrl(after));
  } catch (cause) {
    throw new Invalid({ code: 'GIT-002', message: 'The new address cannot be read.', remedy: 'Use https://, ssh:// or user@host:path.', errors: [{ field: 'url', message: 'cannot be read' }], cause });
  }
}

function takenName(error: unknown, name: string): unknown {
  if (sqlStateOf(error) !== '23505') return error;
  return new Conflict({ code: 'GIT-004', message: `There is a repository '${name}' already.`, remedy: 'Choose another name, or change the existing repository.', cause: error });
}
