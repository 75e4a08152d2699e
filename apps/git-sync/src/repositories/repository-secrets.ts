import { repositoryCredentialsSchema, type RepositoryCredentials } from '@heddle/contracts';
import { SecretBox, type Secret } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { parseGitUrl } from '../git/git-url.ts';
import type { Remote } from '../git/remote-session.ts';
import type { GitRepository } from './git-repository.entity.ts';

/** Seals what repositories are entered with, bound to their rows. */
@Injectable()
export class RepositorySecrets {
  constructor(private readonly box: SecretBox) {}

  sealCredentials(id: string, credentials: RepositoryCredentials): Pick<GitRepository, 'credentials' | 'credentialsType' | 'credentialsUsername'> {
    return {
      credentials: this.box.encrypt(JSON.stringify(credentials), { table: 'repository', row: id, column: 'credentials' }),
      credentialsType: credentials.type,
      credentialsUsername: 'username' in credentials ? credentials.username ?? null : null,
    };
  }

  sealWebhookSecret(id: string, secret: string): string {
    return this.box.encrypt(secret, { table: 'repository', row: id, column: 'webhook_secret' });
  }

  openWebhookSecret(repository: Pick<GitRepository, 'id' | 'webhookSecret'>): Secret {
    return this.box.decrypt(repository.webhookSecret, { table: 'repository', row: repository.id, column: 'webhook_secret' });
  }

  /** The remote with its credentials: only toward the Git server. */
  remoteOf(repository: GitRepository): Remote {
    const opened = this.box.decrypt(repository.credentials, { table: 'repository', row: repository.id, column: 'credentials' });
    return {
      url: parseGitUrl(repository.url),
      credentials: repositoryCredentialsSchema.parse(JSON.parse(opened.reveal())),
      certificateAuthority: repository.certificateAuthority,
    };
  }
}
