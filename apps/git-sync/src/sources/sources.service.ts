import type { MessageData } from '@heddle/contracts';
import { Logger, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { GitRepository } from '../repositories/git-repository.entity.ts';
import { FetchLoop } from './fetch-loop.ts';
import { HandOver } from './hand-over.ts';
import { Source } from './source.entity.ts';
import { wantFetch } from './want-fetch.ts';

/** Keeps what fabrics read. Writes rows and wakes the loop; the Git server is not asked here. */
@Injectable()
export class SourcesService {
  constructor(private readonly loop: FetchLoop, private readonly handOver: HandOver, private readonly logger: Logger) {}

  async assign(tx: EntityManager, data: MessageData<'source.assign'>): Promise<void> {
    const { fabricId, repositoryId, branch, generation, knownTree } = data;
    const taken = await rowsOf(tx,
      `INSERT INTO source AS s (fabric_id, repository_id, branch, directory, generation, released, sent_tree, wanted)
       VALUES ($1, $2, $3, $4, $5, false, $6::text, $6::text IS NULL)
       ON CONFLICT (fabric_id) DO UPDATE SET repository_id = excluded.repository_id, branch = excluded.branch, directory = excluded.directory, generation = excluded.generation,
         released = false, sent_tree = excluded.sent_tree, seen_commit = NULL, wanted = excluded.wanted, state = NULL, reason = '', message = '', since = NULL
       WHERE s.generation < excluded.generation RETURNING 1`,
      [fabricId, repositoryId, branch, data.directory.replace(/^\/+|\/+$/g, ''), generation, knownTree]);
    if (taken.length === 0) return this.refused('source.assign', { fabricId, generation });
    await this.tellEarly(tx, await tx.findOneByOrFail(Source, { fabricId }));
    await this.want(tx, repositoryId);
  }

  /** The generation is kept, also of a fabric that was never heard of: an assignment from before the release that comes after it is an old one. */
  async release(tx: EntityManager, { fabricId, generation }: MessageData<'source.release'>): Promise<void> {
    const taken = await rowsOf(tx,
      `INSERT INTO source AS s (fabric_id, repository_id, branch, directory, generation, released, wanted) VALUES ($1, '00000000-0000-0000-0000-000000000000', '', '', $2, true, false)
       ON CONFLICT (fabric_id) DO UPDATE SET released = true, generation = excluded.generation WHERE s.generation <= excluded.generation RETURNING 1`, [fabricId, generation]);
    if (taken.length === 0) this.refused('source.release', { fabricId, generation });
  }

  async sendAgain(tx: EntityManager, { fabricId, fromTree, sequence }: MessageData<'revision.wanted'>): Promise<void> {
    const [source] = await rowsOf<{ repository_id: string }>(tx,
      `UPDATE source SET sent_tree = $2, wanted = true, asked = coalesce($3::bigint, asked) WHERE fabric_id = $1 AND NOT released AND ($3::bigint IS NULL OR asked < $3::bigint) RETURNING repository_id`,
      [fabricId, fromTree, sequence ?? null]);
    if (source) await this.want(tx, source.repository_id);
    else this.refused('revision.wanted', { fabricId, sequence });
  }

  private refused(type: string, fields: object): void {
    this.logger.info('a superseded command is refused', { type, ...fields });
  }

  private async want(tx: EntityManager, repositoryId: string): Promise<void> {
    await wantFetch(tx, repositoryId, { evenInPause: false });
    onCommit(tx, () => this.loop.wake(repositoryId));
  }

  /** What is known already need not wait for the next contact. */
  private async tellEarly(tx: EntityManager, source: Source): Promise<void> {
    const repository = await tx.findOneBy(GitRepository, { id: source.repositoryId });
    if (!repository) {
      await this.handOver.tell(tx, source, { state: 'failing', reason: 'RepositoryMissing', message: 'The repository does not exist; give the fabric another one.', nextTryAt: null });
    } else if (repository.state === 'failed') {
      await this.handOver.tell(tx, source, { state: 'failing', reason: repository.reason, message: repository.message, nextTryAt: repository.nextTryAt });
    }
  }
}
