import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitEnvironment } from './git-environment.ts';
import { GitFailure } from './git-failure.ts';
import { ObjectReader } from './object-reader.ts';
import type { RemoteSession } from './remote-session.ts';
import { runGit } from './run-git.ts';
import { parseDiffTree, parseLsTree, type TreeChange, type TreeEntry } from './tree-entries.ts';

export interface MirrorLimits {
  listMs: number;
  fetchMs: number;
  readMs: number;
  maxOutputBytes: number;
  /** Packs that are left alone. */
  packs: number;
}

/** Set once a server offered partial clones and then refused single objects: everything is fetched from then on. */
const PLAIN_MARKER = 'heddle-plain';
const LS_REMOTE = /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/;

/**
 * A bare repository with the branches in use and, as far as the server can leave them out, only the blobs that were
 * wanted. It is a cache: everything in it can be fetched again, and a damaged one is thrown away.
 */
export class Mirror {
  constructor(
    readonly folder: string,
    private readonly path: string,
    private readonly limits: MirrorLimits,
  ) {}

  async ensure(objectFormat: 'sha1' | 'sha256' = 'sha1'): Promise<void> {
    if (existsSync(join(this.folder, 'HEAD'))) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.local('make the mirror', ['init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`]);
  }

  objectFormat(): 'sha1' | 'sha256' {
    return readFileSync(join(this.folder, 'config'), 'utf8').includes('sha256') ? 'sha256' : 'sha1';
  }

  async destroy(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Heads of the remote's branches, of all or of those named, by one ls-remote. */
  async listBranches(session: RemoteSession, branches: readonly string[] | null, signal?: AbortSignal): Promise<Map<string, string>> {
    const patterns = (branches ?? []).map((branch) => `refs/heads/${branch}`);
    const output = await session.git(this.folder, {
      doing: 'list the branches', args: ['ls-remote', '--heads', '--end-of-options', 'origin', ...patterns],
      timeoutMs: this.limits.listMs, maxOutputBytes: this.limits.maxOutputBytes, signal,
    });
    const heads = new Map<string, string>();
    for (const line of output.toString('utf8').split('\n')) {
      const match = LS_REMOTE.exec(line);
      // A pattern also matches the end of longer names.
      if (match && (branches === null || branches.includes(match[2]!))) heads.set(match[2]!, match[1]!);
    }
    return heads;
  }

  /** Brings the commits and trees of these branches, all in one fetch. */
  async fetchBranches(session: RemoteSession, branches: readonly string[], signal?: AbortSignal): Promise<void> {
    const refspecs = branches.map((branch) => `+refs/heads/${branch}:${branchRef(branch)}`);
    await this.fetch(session, 'fetch', [...this.filter(), '--force', '--end-of-options', 'origin', ...refspecs], undefined, signal);
  }

  /** Brings the newest commit of a branch alone: enough for a test of the connection. */
  async fetchHead(session: RemoteSession, branch: string, signal?: AbortSignal): Promise<void> {
    await this.fetch(session, 'fetch', ['--depth=1', ...this.filter(), '--end-of-options', 'origin', `+refs/heads/${branch}:${branchRef(branch)}`], undefined, signal);
  }

  /** Brings these blobs, all in one fetch; where the server refuses that, everything. */
  async fetchBlobs(session: RemoteSession, oids: readonly string[], branches: readonly string[], signal?: AbortSignal): Promise<void> {
    if (oids.length === 0) return;
    try {
      await this.fetch(session, 'fetch files', ['--filter=blob:none', '--stdin', '--end-of-options', 'origin'], `${oids.join('\n')}\n`, signal, ['-c', 'fetch.negotiationAlgorithm=noop']);
    } catch (error) {
      if (!(error instanceof GitFailure) || error.reason !== 'ObjectsRefused') throw error;
      await writeFile(join(this.folder, PLAIN_MARKER), '');
      const refspecs = branches.map((branch) => `+refs/heads/${branch}:${branchRef(branch)}`);
      await this.fetch(session, 'fetch everything', ['--refetch', '--no-filter', '--force', '--end-of-options', 'origin', ...refspecs], undefined, signal);
    }
  }

  /** Keeps the commits that were handed over, by fabric, so that the next difference can start from there. */
  async pin(commits: ReadonlyMap<string, string>): Promise<void> {
    if (commits.size === 0) return;
    await this.local('pin commits', ['update-ref', '--stdin'], undefined, [...commits].map(([fabricId, commit]) => `update refs/heddle/sent/${fabricId} ${commit}\n`).join(''));
  }

  /** Joins the packs that fetches left, once there are many: each costs every later read a look. */
  async tidy(signal?: AbortSignal): Promise<void> {
    const packs = (await readdir(join(this.folder, 'objects', 'pack'))).filter((name) => name.endsWith('.pack')).length;
    if (packs <= this.limits.packs) return;
    await runGit({
      doing: 'tidy the mirror', args: ['repack', '-a', '-d', '-q'], environment: gitEnvironment(this.folder, this.path, null, true),
      timeoutMs: this.limits.fetchMs, maxOutputBytes: this.limits.maxOutputBytes, signal,
    });
  }

  async listTree(tree: string, signal?: AbortSignal): Promise<TreeEntry[]> {
    return parseLsTree(await this.local('list the directory', ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', tree], signal));
  }

  async diffTrees(before: string, after: string, signal?: AbortSignal): Promise<TreeChange[]> {
    return parseDiffTree(await this.local('compare the trees', ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--end-of-options', before, after], signal));
  }

  reader(signal?: AbortSignal): ObjectReader {
    return new ObjectReader(gitEnvironment(this.folder, this.path, null), this.limits.readMs, signal);
  }

  private filter(): string[] {
    return existsSync(join(this.folder, PLAIN_MARKER)) ? ['--no-filter'] : ['--filter=blob:none'];
  }

  private async fetch(session: RemoteSession, doing: string, args: readonly string[], input: string | undefined, signal: AbortSignal | undefined, before: readonly string[] = []): Promise<void> {
    await session.git(this.folder, {
      doing, args: [...before, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', ...args],
      ...(input === undefined ? {} : { input }), timeoutMs: this.limits.fetchMs, maxOutputBytes: this.limits.maxOutputBytes, signal,
    });
  }

  private local(doing: string, args: readonly string[], signal?: AbortSignal, input?: string): Promise<Buffer> {
    return runGit({ doing, args, environment: gitEnvironment(this.folder, this.path, null), timeoutMs: this.limits.readMs, maxOutputBytes: this.limits.maxOutputBytes, signal, ...(input !== undefined && { input }) });
  }
}

/** Names of branches may stand in each other's way as files and folders (`a` and `a/b`); their hashes don't. */
export function branchRef(branch: string): string {
  return `refs/heddle/branch/${createHash('sha256').update(branch).digest('hex').slice(0, 24)}`;
}
