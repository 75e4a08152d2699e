import { type Lease, Logger } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { GitFailure } from '../git/git-failure.ts';
import { GitRemotes } from '../git/git-remotes.ts';
import { ManifestParserProvider } from '../manifests/manifest-parser.provider.ts';
import type { GitRepository } from '../repositories/git-repository.entity.ts';
import { RepositorySecrets } from '../repositories/repository-secrets.ts';
import { SourceReader, type Look } from './source-reader.ts';
import type { Source } from './source.entity.ts';

/** Looks at repositories through their mirrors; a damaged mirror is made anew, once for each look. */
@Injectable()
export class RepositoryLooks {
  constructor(
    private readonly remotes: GitRemotes,
    private readonly secrets: RepositorySecrets,
    private readonly manifests: ManifestParserProvider,
    private readonly logger: Logger,
  ) {}

  async look(repository: GitRepository, sources: Source[], lease: Lease, signal: AbortSignal, again = false): Promise<Look> {
    const mirror = this.remotes.mirror(repository.id);
    const remote = this.secrets.remoteOf(repository);
    try {
      return await this.remotes.contact('look', remote, signal, (session, bounded) =>
        new SourceReader(mirror, this.manifests.parser, this.manifests.limits, bounded).look(session.guardedBy(() => lease.assertValid()), sources, repository.defaultBranch));
    } catch (error) {
      if (again || !(error instanceof GitFailure) || error.reason !== 'MirrorCorrupt') throw error;
      this.logger.warn('a damaged mirror is made anew', { repositoryId: repository.id, error });
      await mirror.destroy();
      return this.look(repository, sources, lease, signal, true);
    }
  }

  /** Keeps what was handed over within the mirror. */
  pin(repositoryId: string, commits: ReadonlyMap<string, string>): Promise<void> {
    return this.remotes.mirror(repositoryId).pin(commits);
  }
}
