import type { Finding, MessageData } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { FabricLifecycle } from '../fabrics/fabric-lifecycle.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { firstFindings, replaceDirectoryFindings, replaceDocumentFindings } from '../findings/findings.ts';
import { ValidationService } from '../findings/validation.service.ts';
import { UnwantedSteps } from '../operations/unwanted-steps.ts';
import { ComparisonService } from '../resources/comparison.service.ts';
import { allDesired, holdDesired } from '../resources/desired-store.ts';
import { storeManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { readTotals } from '../resources/tally.ts';
import { joinSets, TableStatistics } from '../resources/table-statistics.ts';
import { applyDocuments } from './apply-documents.ts';
import { type ReadDocument, readFile } from './read-document.ts';
import { type DirectoryFacts, directoryFacts, knownPaths, objectsOfPaths, replaceDocuments } from './source-documents.ts';
import { HopMetrics } from '../telemetry/hop-metrics.ts';
import { dropStaged, fabricsMissingChunks, readStaged, stageChunk, type StagedRevision, stagedRevisions, type WholeRevision } from './stage-chunk.ts';

/** Asked again at the earliest after this time: an answer that does not fit must not become a loop. */
export const ASK_AGAIN_MS = 60_000;
const EVENT_FINDINGS = 100;

/** Objects of which Git now asks something else, and all whose state may be another by it. */
interface Change { changed: ObjectSet; touched: ObjectSet }

/** Takes revisions in: all of one in one transaction, or nothing. */
@Injectable()
export class RevisionService {
  constructor(
    private readonly outbox: Outbox, private readonly clock: Clock, private readonly review: ReviewService,
    private readonly validation: ValidationService, private readonly lifecycle: FabricLifecycle, private readonly statistics: TableStatistics,
    private readonly deletes: UnwantedSteps, private readonly comparisons: ComparisonService, private readonly hops: HopMetrics,
  ) {}

  async observe(tx: EntityManager, data: MessageData<'revision.observed'>, sentAt: Date): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    if (!fabric || data.generation !== fabric.assignment || isKnown(data, sentAt, fabric)) return;
    await stageChunk(tx, data, sentAt);
    while (await this.acceptNext(tx, fabric));
    const stale = await this.dropStale(tx, fabric);
    if (stale && isBehind(stale, fabric)) await this.ask(tx, fabric, `A whole revision was sent at ${stale.sentAt.toISOString()}, before the accepted one: it is of the past, or of a git-sync whose clock is behind.`);
    await this.askIfStuck(tx, fabric);
  }

  /** Accepts a whole revision that starts from the fabric's tree, or from nothing. */
  private async acceptNext(tx: EntityManager, fabric: FabricEntity): Promise<boolean> {
    const staged = await stagedRevisions(tx, fabric.id);
    const next = staged.find((each) => each.whole && !isStale(each, fabric) && (each.fromTree === null || each.fromTree === fabric.tree));
    if (!next) return false;
    const revision = await readStaged(tx, fabric.id, next);
    await dropStaged(tx, fabric.id, [next.revision]);
    await this.accept(tx, fabric, revision);
    return true;
  }

  /** @returns the last of those that were dropped */
  private async dropStale(tx: EntityManager, fabric: FabricEntity): Promise<StagedRevision | undefined> {
    const stale = (await stagedRevisions(tx, fabric.id)).filter((each) => each.whole && isStale(each, fabric));
    await dropStaged(tx, fabric.id, stale.map(({ revision }) => revision));
    return stale.at(-1);
  }

  /** Asks for a revision again of which a chunk has not come for a minute. */
  async askForMissing(tx: EntityManager, fabricId: string): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    // A chunk may have come since the fabric was found.
    const missing = await fabricsMissingChunks(tx, new Date(this.clock.now().getTime() - ASK_AGAIN_MS));
    if (fabric && missing.includes(fabricId)) await this.ask(tx, fabric, 'A chunk of the last revision has not come.');
  }

  private async askIfStuck(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const staged = await stagedRevisions(tx, fabric.id);
    const misfits = staged.filter(({ whole }) => whole);
    const now = this.clock.now();
    // What is not whole after so long has lost a chunk.
    const isComing = staged.some(({ whole, sentAt }) => !whole && now.getTime() - sentAt.getTime() < ASK_AGAIN_MS);
    if (misfits.length === 0 || isComing) return;
    await dropStaged(tx, fabric.id, misfits.map(({ revision }) => revision));
    await this.ask(tx, fabric, `The revision starts from tree ${misfits[0]?.fromTree}, the fabric stands at ${fabric.tree ?? 'none'}.`);
  }

  private async ask(tx: EntityManager, fabric: FabricEntity, reason: string): Promise<void> {
    const now = this.clock.now();
    if (fabric.wantedAt && now.getTime() - fabric.wantedAt.getTime() < ASK_AGAIN_MS) return;
    Object.assign(fabric, { wantedAt: now, questions: fabric.questions + 1 });
    // Against no tree the answer is whole again: it must not be taken for one of the past by the same clock.
    if (fabric.tree === null) fabric.revisionSentAt = null;
    await tx.update(FabricEntity, fabric.id, { wantedAt: now, questions: fabric.questions, revisionSentAt: fabric.revisionSentAt });
    await this.outbox.add(tx, 'revision.wanted', { fabricId: fabric.id, fromTree: fabric.tree, reason, sequence: fabric.questions }, { fabricId: fabric.id, sequence: fabric.questions });
  }

  private async accept(tx: EntityManager, fabric: FabricEntity, revision: WholeRevision): Promise<void> {
    const { commit } = revision;
    const now = this.clock.now();
    const wasBare = fabric.directoryNote !== null;
    const paths = await this.storeDocuments(tx, fabric, revision);
    const facts = await directoryFacts(tx, fabric.id);
    fabric.directoryNote = noteOf(revision, facts.readable || facts.unreadable > 0);
    await joinSets(tx, paths.objects.size);
    const keys = new ObjectSet(wasBare || fabric.directoryNote ? await allDesired(tx, fabric.id) : []).add(paths.objects.list());
    const { changed, touched } = fabric.directoryNote ? await this.holdAll(tx, fabric, keys) : await this.applyAll(tx, fabric, revision, keys, facts);
    await replaceDirectoryFindings(tx, fabric.id, directoryFindings(fabric));
    Object.assign(fabric, {
      tree: revision.toTree, revisionSentAt: revision.sentAt, wantedAt: null,
      revision: { commit: commit.id, subject: commit.subject, author: commit.author, email: commit.email, committedAt: commit.committedAt, observedAt: now.toISOString() },
      // A plan from before may delete what a document that can't be read now would keep: it is outdated as well.
      desiredVersion: changed.size > 0 || revision.files.length > 0 ? fabric.desiredVersion + 1 : fabric.desiredVersion,
      ...(changed.size > 0 && { planTry: 0 }),
    });
    await tx.update(FabricEntity, fabric.id, {
      tree: fabric.tree, revision: fabric.revision, revisionSentAt: fabric.revisionSentAt, wantedAt: null, directoryNote: fabric.directoryNote,
      desiredVersion: fabric.desiredVersion, planTry: fabric.planTry,
    });
    const actor = { type: 'git' as const, id: commit.email || commit.author || 'unknown', name: commit.author };
    await this.review.review(tx, fabric, touched, { at: now, actor, commit: commit.id, operationId: null });
    this.statistics.grown(tx, changed.size);
    await this.deletes.afterRevision(tx, fabric, facts.unreadable > 0 || fabric.directoryNote !== null);
    await this.releasePrune(tx, fabric, facts);
    await this.announce(tx, fabric, changed.size);
    await this.lifecycle.revisionAccepted(tx, fabric);
  }

  /** Puts the documents of the changed files in place; answers the objects that they concern, before and after. */
  private async storeDocuments(tx: EntityManager, fabric: FabricEntity, { files, fromTree, toTree }: WholeRevision): Promise<{ objects: ObjectSet }> {
    if (toTree === null) return { objects: new ObjectSet() };
    const given = files.map(({ path }) => path);
    const paths = fromTree === null ? [...new Set([...given, ...await knownPaths(tx, fabric.id)])] : given;
    const documents = files.filter(({ blob }) => blob !== null).flatMap(readFile);
    const objects = await objectsOfPaths(tx, fabric.id, paths);
    await replaceDocuments(tx, fabric.id, paths, documents);
    await replaceDocumentFindings(tx, fabric.id, paths, documents.flatMap(({ findings }) => findings));
    await storeManifests(tx, fabric.id, documents.flatMap(({ rawHash, object }) => rawHash ? [{ hash: rawHash, body: object }] : []));
    return { objects: objects.add(documents.flatMap(objectOf)) };
  }

  private async applyAll(tx: EntityManager, fabric: FabricEntity, { commit }: WholeRevision, keys: ObjectSet, facts: DirectoryFacts): Promise<Change> {
    await this.comparisons.ensure(tx, fabric, keys);
    const { changed, indexed } = await applyDocuments(tx, fabric, this.clock.now(), commit.committedAt, keys, facts);
    const affected = await this.validation.indexAndValidate(tx, fabric.id, indexed);
    return { changed, touched: new ObjectSet(keys.list()).add(affected.list()) };
  }

  private async holdAll(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<Change> {
    await holdDesired(tx, fabric.id, keys);
    return { changed: keys, touched: keys };
  }

  /** The changed source asks for all that is managed: then nothing has to wait for a person. */
  private async releasePrune(tx: EntityManager, fabric: FabricEntity, { unreadable }: DirectoryFacts): Promise<void> {
    if (fabric.pruneHeld === null || fabric.directoryNote !== null || unreadable > 0) return;
    const [row] = await rowsOf<{ any: boolean }>(tx, 'select exists (select from resource where fabric_id = $1 and (held or (desired_hash is null and base_hash is not null and live_hash is not null))) as any', [fabric.id]);
    if (row?.any) return;
    fabric.pruneHeld = null;
    await tx.update(FabricEntity, fabric.id, { pruneHeld: null });
  }

  private async announce(tx: EntityManager, fabric: FabricEntity, changed: number): Promise<void> {
    const { desired: objects, held } = await readTotals(tx, fabric.id);
    const { findings, total } = await firstFindings(tx, fabric.id, EVENT_FINDINGS);
    if (fabric.revision && changed > 0) this.hops.took(tx, 'stored', [(this.clock.now().getTime() - Date.parse(fabric.revision.committedAt)) / 1_000]);
    await this.outbox.add(tx, 'revision.accepted', {
      fabricId: fabric.id, commit: fabric.revision?.commit ?? '', tree: fabric.tree, objects, changed, held, findings, findingsTotal: total,
    }, { fabricId: fabric.id });
  }
}

/** It leads to the tree that the fabric stands at, and was sent no later than what led there: the same once more, or one from before. */
function isKnown({ toTree }: MessageData<'revision.observed'>, sentAt: Date, { tree, revisionSentAt }: FabricEntity): boolean {
  return toTree !== null && toTree === tree && revisionSentAt !== null && sentAt <= revisionSentAt;
}

/** A whole revision that was sent before the accepted one would set the fabric back; others are chained by their trees. */
function isStale({ fromTree, sentAt }: StagedRevision, { revisionSentAt }: FabricEntity): boolean {
  return fromTree === null && revisionSentAt !== null && sentAt < revisionSentAt;
}

/** Whether it says something else than what was accepted: what was sent twice is no reason to ask. */
function isBehind({ toTree }: StagedRevision, { tree }: FabricEntity): boolean {
  return toTree === null || toTree !== tree;
}

function objectOf({ status, kind, name }: ReadDocument): { kind: string; name: string }[] {
  return status === 'ok' && kind !== null && name !== null ? [{ kind, name }] : [];
}

function noteOf({ toTree, totalFiles }: WholeRevision, hasDocuments: boolean): string | null {
  if (toTree === null) return 'DirectoryMissing';
  return totalFiles === 0 || !hasDocuments ? 'DirectoryEmpty' : null;
}

function directoryFindings({ directoryNote, directory, branch }: FabricEntity): Finding[] {
  if (directoryNote === null) return [];
  const where = directory === '' ? 'The root of the repository' : `The directory ${directory}`;
  const what = directoryNote === 'DirectoryMissing' ? `is missing from branch ${branch}` : `has no documents on branch ${branch}`;
  return [{
    rule: directoryNote === 'DirectoryMissing' ? 'directory-missing' : 'directory-empty', severity: 'error', message: `${where} ${what}; nothing is changed or deleted.`,
    remedy: 'Put the documents back, or change the directory of the fabric. To empty a fabric, delete its objects by name.',
  }];
}
