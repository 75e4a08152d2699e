import type { MessageData, SourceFile } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

type Observed = MessageData<'revision.observed'>;

/** A revision of which at least one chunk is there. */
export interface StagedRevision {
  revision: string;
  fromTree: string | null;
  toTree: string | null;
  sentAt: Date;
  whole: boolean;
}

/** Keeps a chunk; the same one twice is one. */
export async function stageChunk(tx: EntityManager, data: Observed, sentAt: Date): Promise<void> {
  const { files, chunk, chunks, fromTree, toTree, fabricId, ...head } = data;
  const revision = [data.commit.id, fromTree ?? '-', toTree ?? '-', chunks].join(' ');
  await tx.query(
    `insert into revision_chunk (fabric_id, revision, chunk, chunks, from_tree, to_tree, sent_at, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (fabric_id, revision, chunk) do update set sent_at = greatest(revision_chunk.sent_at, excluded.sent_at)`,
    [fabricId, revision, chunk, chunks, fromTree, toTree, sentAt, JSON.stringify({ ...head, files })]);
}

/** What is staged, the oldest first. */
export async function stagedRevisions(tx: EntityManager, fabricId: string): Promise<StagedRevision[]> {
  return rowsOf<StagedRevision>(tx,
    `select revision, from_tree as "fromTree", to_tree as "toTree", max(sent_at) as "sentAt", count(*) = max(chunks) as whole
     from revision_chunk where fabric_id = $1 group by revision, from_tree, to_tree order by max(sent_at), revision`, [fabricId]);
}

/** Fabrics with a revision of which a chunk has not come since that time, and that nothing sent later has replaced; they read their source. */
export async function fabricsMissingChunks(tx: EntityManager, before: Date): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(tx,
    `select distinct c.fabric_id as id from revision_chunk c join fabric f on f.id = c.fabric_id where f.state in ('planned', 'active')
     group by c.fabric_id, c.revision, f.revision_sent_at
     having count(*) < max(c.chunks) and max(c.sent_at) <= $1 and max(c.sent_at) > coalesce(f.revision_sent_at, '-infinity') order by 1`, [before]);
  return rows.map(({ id }) => id);
}

export interface WholeRevision extends Pick<Observed, 'commit' | 'totalFiles' | 'fromTree' | 'toTree'> { files: SourceFile[]; sentAt: Date }

/** All chunks of a revision as one, split files put together. */
export async function readStaged(tx: EntityManager, fabricId: string, staged: StagedRevision): Promise<WholeRevision> {
  const rows = await rowsOf<{ body: Pick<Observed, 'commit' | 'totalFiles' | 'files'> }>(tx,
    'select body from revision_chunk where fabric_id = $1 and revision = $2 order by chunk', [fabricId, staged.revision]);
  const files = new Map<string, SourceFile>();
  for (const file of rows.flatMap(({ body }) => body.files)) {
    const other = files.get(file.path);
    files.set(file.path, other ? { ...other, findings: [...other.findings, ...file.findings], documents: [...other.documents, ...file.documents] } : file);
  }
  const { commit, totalFiles } = rows[0]!.body;
  return { commit, totalFiles, fromTree: staged.fromTree, toTree: staged.toTree, files: [...files.values()], sentAt: staged.sentAt };
}

/** Drops revisions; those that were sent before an accepted one can only be older. */
export async function dropStaged(tx: EntityManager, fabricId: string, revisions: readonly string[]): Promise<void> {
  await tx.query('delete from revision_chunk where fabric_id = $1 and revision = any($2::text[])', [fabricId, revisions]);
}
