import type { SourceFile } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Commit } from '../git/commit.ts';
import { parseGitUrl, serverOf } from '../git/git-url.ts';
import { chunkFiles } from '../manifests/chunk-files.ts';
import { Source } from './source.entity.ts';
import type { SourceOutcome } from './source-reader.ts';

/** What a fabric is told of its source beside its documents. */
export interface SourceCondition {
  state: 'ready' | 'failing';
  reason: string;
  message: string;
  nextTryAt: Date | null;
}

interface Revision {
  commit: Commit;
  fromTree: string | null;
  toTree: string | null;
  files: SourceFile[];
  totalFiles: number;
}

/** Writes what a look found: the record of what was sent and the messages, in the caller's transaction. */
@Injectable()
export class HandOver {
  constructor(private readonly outbox: Outbox, private readonly clock: Clock) {}

  /** False when the assignment or the tree that fabric has changed since the look; another look will tell. */
  async record(tx: EntityManager, outcome: SourceOutcome, epoch: number): Promise<boolean> {
    const source = await this.lock(tx, outcome.source);
    if (!source) return false;
    switch (outcome.is) {
      case 'unchanged':
        await tx.update(Source, source.fabricId, { seenCommit: outcome.seenCommit });
        break;
      case 'changed':
        await this.send(tx, source, epoch, outcome);
        await tx.update(Source, source.fabricId, { sentTree: outcome.toTree, seenCommit: outcome.commit.id, wanted: false });
        break;
      case 'failing':
        await this.recordFailing(tx, source, outcome, epoch);
        return true;
    }
    await this.tell(tx, source, { state: 'ready', reason: 'Ready', message: `Branch ${source.branch} is read.`, nextTryAt: null });
    return true;
  }

  /** Tells fabric how its source stands, when that is news. */
  async tell(tx: EntityManager, source: Source, condition: SourceCondition): Promise<void> {
    const { state, reason, message } = condition;
    if (source.state === state && source.reason === reason) return;
    const since = this.clock.now();
    const [row] = await rowsOf<{ told: string; url: string | null }>(tx,
      `UPDATE source SET state = $2, reason = $3, message = $4, since = $5, told = told + 1 WHERE fabric_id = $1 RETURNING told, (SELECT url FROM repository r WHERE r.id = source.repository_id) AS url`, [source.fabricId, state, reason, message, since]);
    await this.outbox.add(tx, 'source.state_changed', {
      fabricId: source.fabricId, repositoryId: source.repositoryId, state, reason, message,
      since: since.toISOString(), nextTryAt: condition.nextTryAt?.toISOString() ?? null, sequence: Number(row!.told), ...(row!.url !== null && { server: serverOf(parseGitUrl(row!.url)) }),
    }, { fabricId: source.fabricId });
  }

  /** A missing directory is a revision too: one without a tree, which deletes nothing. */
  private async recordFailing(tx: EntityManager, source: Source, outcome: Extract<SourceOutcome, { is: 'failing' }>, epoch: number): Promise<void> {
    const { failure, commit } = outcome;
    const news = source.state !== 'failing' || source.reason !== failure.reason || source.wanted;
    if (commit && failure.reason === 'DirectoryMissing' && news) {
      await this.send(tx, source, epoch, { commit, fromTree: source.sentTree, toTree: null, files: [], totalFiles: 0 });
      // fabric stands at no tree after it, so the next revision is sent whole.
      await tx.update(Source, source.fabricId, { sentTree: null, seenCommit: commit.id, wanted: false });
    }
    await this.tell(tx, source, { state: 'failing', reason: failure.reason, message: `${failure.message} ${failure.remedy}`, nextTryAt: null });
  }

  private async lock(tx: EntityManager, seen: Source): Promise<Source | null> {
    const source = await tx.findOne(Source, { where: { fabricId: seen.fabricId }, lock: { mode: 'pessimistic_write' } });
    const same = source !== null && !source.released && source.generation === seen.generation && source.sentTree === seen.sentTree && source.wanted === seen.wanted;
    return same ? source : null;
  }

  private async send(tx: EntityManager, source: Source, epoch: number, revision: Revision): Promise<void> {
    const { id, author, email, subject, committedAt } = revision.commit;
    const chunks = chunkFiles(revision.files);
    const { fabricId, repositoryId, generation, branch, directory } = source;
    await this.outbox.addMany(tx, chunks.map((files, index) => ({
      type: 'revision.observed' as const,
      data: {
        fabricId, repositoryId, generation, branch, directory, commit: { id, author, email, subject, committedAt },
        fromTree: revision.fromTree, toTree: revision.toTree, chunk: index + 1, chunks: chunks.length, files, totalFiles: revision.totalFiles,
      },
      options: { fabricId, epoch },
    })));
  }
}
