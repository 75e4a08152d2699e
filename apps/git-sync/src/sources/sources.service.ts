import type { MessageData } from '@heddle/contracts';
import { onCommit } from '@heddle/platform';
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
  constructor(private readonly loop: FetchLoop, private readonly handOver: HandOver) {}

  async assign(tx: EntityManager, data: MessageData<'source.assign'>): Promise<void> {
    const { fabricId, repositoryId, branch, generation, knownTree } = data;
    const known = await tx.findOne(Source, { where: { fabricId }, lock: { mode: 'pessimistic_write' } });
    if (known && known.generation >= generation) return;
    const source = tx.create(Source, {
      fabricId, repositoryId, branch, generation, directory: data.directory.replace(/^\/+|\/+$/g, ''),
      released: false, sentTree: knownTree, seenCommit: null, wanted: knownTree === null, state: null, reason: '', message: '', since: null,
    });
    await tx.save(source);
    await this.tellEarly(tx, source);
    await this.want(tx, repositoryId);
  }

  async release(tx: EntityManager, { fabricId, generation }: MessageData<'source.release'>): Promise<void> {
    await tx.query('UPDATE source SET released = true WHERE fabric_id = $1 AND generation <= $2', [fabricId, generation]);
  }

  async sendAgain(tx: EntityManager, { fabricId, fromTree }: MessageData<'revision.wanted'>): Promise<void> {
    const source = await tx.findOne(Source, { where: { fabricId }, lock: { mode: 'pessimistic_write' } });
    if (!source || source.released) return;
    await tx.update(Source, fabricId, { sentTree: fromTree, wanted: true });
    await this.want(tx, source.repositoryId);
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
