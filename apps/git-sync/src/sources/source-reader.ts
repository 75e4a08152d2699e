import type { SourceFile } from '@heddle/contracts';
import { parseCommit, type Commit } from '../git/commit.ts';
import { GitFailure } from '../git/git-failure.ts';
import { branchRef, type Mirror } from '../git/mirror.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import type { RemoteSession } from '../git/remote-session.ts';
import type { ManifestParser } from '../manifests/manifest-parser.ts';
import { type FileText, layoutOf, type ReadLimits, sourceFinding } from '@heddle/manifests';
import { compareTrees, type Difference } from './compare-trees.ts';
import type { Source } from './source.entity.ts';

/** What a look at a repository says for one fabric. */
export type SourceOutcome =
  | { is: 'unchanged'; source: Source; seenCommit: string }
  | { is: 'changed'; source: Source; commit: Commit; fromTree: string | null; toTree: string; files: SourceFile[]; totalFiles: number }
  | { is: 'failing'; source: Source; failure: GitFailure; commit: Commit | null };

export interface Look {
  outcomes: SourceOutcome[];
  fetched: boolean;
}

type Pending = { source: Source; commit: Commit; fromTree: string | null; toTree: string; difference: Difference };

const WINDOW = 64;
/** Sources at once: each waits for two processes of git's. */
const COMPARED_AT_ONCE = 4;

/** Looks at a repository once for all fabrics that read it: one listing, at most one fetch of commits and one of files. */
export class SourceReader {
  constructor(
    private readonly mirror: Mirror,
    private readonly parser: ManifestParser,
    private readonly limits: ReadLimits,
    private readonly signal: AbortSignal,
  ) {}

  async look(session: RemoteSession, sources: readonly Source[], defaultBranch: string): Promise<Look> {
    await this.mirror.ensure();
    const branches = [...new Set(sources.length > 0 ? sources.map((source) => source.branch) : [defaultBranch])];
    const heads = await this.mirror.listBranches(session, branches, this.signal);
    const due = sources.filter((source) => source.wanted || source.state !== 'ready' || source.seenCommit !== heads.get(source.branch));
    if (due.length === 0) return { outcomes: [], fetched: false };
    if ([...heads.values()].some((oid) => oid.length === 64)) await this.useSha256();
    const reader = this.mirror.reader(this.signal);
    try {
      return await this.read(session, reader, due, heads);
    } finally {
      reader.close();
    }
  }

  private async read(session: RemoteSession, reader: ObjectReader, due: readonly Source[], heads: ReadonlyMap<string, string>): Promise<Look> {
    const branches = [...new Set(due.map((source) => source.branch))].filter((branch) => heads.has(branch));
    const known = await Promise.all(branches.map((branch) => reader.info(heads.get(branch)!)));
    const unknown = branches.filter((_, index) => known[index] === null);
    if (unknown.length > 0) await this.mirror.fetchBranches(session, unknown, this.signal);

    const outcomes: SourceOutcome[] = [];
    const pending: Pending[] = [];
    for (const some of inGroups(due, COMPARED_AT_ONCE)) {
      for (const found of await Promise.all(some.map((source) => this.compare(reader, source, heads).catch((error: unknown) => failing(source, error))))) {
        if ('is' in found) outcomes.push(found);
        else pending.push(found);
      }
    }
    const blobs = [...new Set(pending.flatMap(({ difference }) => difference.manifests.map(({ blob }) => blob)))];
    const sizes = await this.bring(session, reader, blobs, branches);
    for (const each of pending) outcomes.push(await this.readFiles(reader, each, sizes).catch((error: unknown) => failing(each.source, error, each.commit)));
    if (unknown.length > 0) await this.mirror.tidy(this.signal);
    return { outcomes, fetched: unknown.length > 0 };
  }

  private async compare(reader: ObjectReader, source: Source, heads: ReadonlyMap<string, string>): Promise<SourceOutcome | Pending> {
    const head = heads.get(source.branch);
    if (head === undefined) throw new GitFailure('BranchMissing', `The repository has no branch ${source.branch}.`);
    // The branch may have moved between the listing and the fetch, even away from the commit that was listed.
    const object = await reader.contents(head) ?? await reader.contents(branchRef(source.branch));
    if (object?.type !== 'commit') throw new GitFailure('MirrorCorrupt', 'The head of the branch is not in the mirror.');
    const commit = parseCommit(object.oid, object.content);
    const tree = await reader.info(source.directory === '' ? commit.tree : `${commit.id}:${source.directory}`);
    if (tree?.type !== 'tree') {
      return { is: 'failing', source, commit, failure: new GitFailure('DirectoryMissing', `Branch ${source.branch} has no directory ${source.directory}.`) };
    }
    if (tree.oid === source.sentTree && !source.wanted) return { is: 'unchanged', source, seenCommit: commit.id };
    return this.difference(reader, source, commit, tree.oid);
  }

  private async difference(reader: ObjectReader, source: Source, commit: Commit, toTree: string): Promise<Pending> {
    const entries = await this.mirror.listTree(toTree, this.signal);
    const layout = layoutOf(entries);
    const fromTree = await this.comparableTree(reader, source.sentTree, layout);
    const changes = fromTree === null ? null : await this.mirror.diffTrees(fromTree, toTree, this.signal);
    return { source, commit, fromTree, toTree, difference: compareTrees({ entries, changes, layout, limits: this.limits }) };
  }

  /** Null when everything has to be sent: the tree is not known here, or its files were chosen by other rules. */
  private async comparableTree(reader: ObjectReader, tree: string | null, layout: string): Promise<string | null> {
    if (tree === null || (await reader.info(tree))?.type !== 'tree') return null;
    const before = (await reader.info(`${tree}:.hnp`)) === null ? 'plain' : 'hnp';
    return before === layout ? tree : null;
  }

  private async bring(session: RemoteSession, reader: ObjectReader, blobs: readonly string[], branches: readonly string[]): Promise<Map<string, number>> {
    const sizes = await sizesOf(reader, blobs);
    const missing = blobs.filter((blob) => !sizes.has(blob));
    if (missing.length === 0) return sizes;
    await this.mirror.fetchBlobs(session, missing, branches, this.signal);
    for (const [blob, size] of await sizesOf(reader, missing)) sizes.set(blob, size);
    const lost = blobs.filter((blob) => !sizes.has(blob)).length;
    if (lost > 0) throw new GitFailure('MirrorCorrupt', `${lost} files did not come with the fetch.`);
    return sizes;
  }

  private async readFiles(reader: ObjectReader, { source, commit, fromTree, toTree, difference }: Pending, sizes: ReadonlyMap<string, number>): Promise<SourceOutcome> {
    const sizeOf = (blob: string) => sizes.get(blob) ?? 0;
    const small = difference.manifests.filter(({ blob }) => sizeOf(blob) <= this.limits.fileBytes);
    const total = small.reduce((sum, { blob }) => sum + sizeOf(blob), 0);
    if (total > this.limits.totalBytes) {
      throw new GitFailure('LimitExceeded', `The changed files of ${source.directory || 'the repository'} have ${total} bytes; at most ${this.limits.totalBytes} are read.`);
    }
    const files: SourceFile[] = [...difference.told];
    for (const { path, blob } of difference.manifests) {
      if (sizeOf(blob) > this.limits.fileBytes) files.push(tooLarge(path, blob, sizeOf(blob), this.limits.fileBytes));
    }
    const windows = inGroups(small, WINDOW);
    let coming = readTexts(reader, windows[0] ?? []);
    for (const [index, window] of windows.entries()) {
      const texts = await coming;
      // Read while these are parsed; what goes wrong there is thrown when its turn comes.
      coming = readTexts(reader, windows[index + 1] ?? []);
      coming.catch(() => undefined);
      const readings = await this.parser.parse(texts, this.signal);
      readings.forEach((reading, at) => files.push({ ...reading, blob: window[at]!.blob, part: 1, parts: 1 }));
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { is: 'changed', source, commit, fromTree, toTree, files, totalFiles: difference.totalFiles };
  }

  private async useSha256(): Promise<void> {
    if (this.mirror.objectFormat() === 'sha256') return;
    await this.mirror.destroy();
    await this.mirror.ensure('sha256');
  }
}

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function readTexts(reader: ObjectReader, files: readonly { path: string; blob: string }[]): Promise<FileText[]> {
  return Promise.all(files.map(async ({ path, blob }) => {
    const object = await reader.contents(blob);
    if (!object) throw new GitFailure('MirrorCorrupt', `The file ${path} cannot be read.`);
    return { path, bytes: object.content };
  }));
}

async function sizesOf(reader: ObjectReader, blobs: readonly string[]): Promise<Map<string, number>> {
  const infos = await Promise.all(blobs.map((blob) => reader.info(blob)));
  return new Map(infos.flatMap((info) => (info ? [[info.oid, info.size] as const] : [])));
}

/** What is wrong with one fabric's source; a damaged mirror or a cancellation is no fault of a source. */
function failing(source: Source, error: unknown, commit: Commit | null = null): SourceOutcome {
  if (error instanceof GitFailure && ['BranchMissing', 'DirectoryMissing', 'LimitExceeded'].includes(error.reason)) {
    return { is: 'failing', source, failure: error, commit };
  }
  throw error;
}

function tooLarge(path: string, blob: string, size: number, limit: number): SourceFile {
  return { path, blob, part: 1, parts: 1, documents: [], findings: [sourceFinding('file-too-large', `The file has ${size} bytes; at most ${limit} are read.`, { path })] };
}
