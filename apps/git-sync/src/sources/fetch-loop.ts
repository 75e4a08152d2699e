import { Background, Database, HeldWork, Leases, sleep, type Lease } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { GitRemotes } from '../git/git-remotes.ts';
import { RepositoryVisit } from './repository-visit.ts';

/** Wishes written by another replica are found this late at most. */
const LOOK_FOR_WISHES_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const SWEEP_MS = 600_000;

/** Visits every repository whose lease this process holds, each at its own pace. */
@Injectable()
export class FetchLoop implements OnApplicationBootstrap {
  private readonly sleeping = new Map<string, AbortController>();
  private held: HeldWork | undefined;

  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
    private readonly background: Background,
    private readonly visits: RepositoryVisit,
    private readonly remotes: GitRemotes,
  ) {}

  onApplicationBootstrap(): void {
    this.held = this.leases.holdEach({ name: 'repository', keys: () => this.repositories(), work: (id, lease, signal) => this.attend(id, lease, signal) });
    this.background.every('look for wanted fetches', LOOK_FOR_WISHES_MS, () => this.wakeWanted());
    this.background.every('remove mirrors of deleted repositories', SWEEP_MS, () => this.sweep());
  }

  /** Call after the commit of a wish: the repository is looked at now, if it is held here. */
  wake(repositoryId: string): void {
    this.sleeping.get(repositoryId)?.abort();
    if (!this.held?.keys().includes(repositoryId)) this.held?.wake();
  }

  private async attend(id: string, lease: Lease, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) await this.visitAndRest(id, lease, signal);
    } finally {
      this.sleeping.delete(id);
    }
  }

  private async visitAndRest(id: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const nap = new AbortController();
    // Set before the row is read: a wish that is written while it is read cuts the nap short.
    this.sleeping.set(id, nap);
    const wait = await this.visits.visitWhenDue(id, lease, signal);
    await sleep(Math.min(wait, LONGEST_WAIT_MS), AbortSignal.any([signal, nap.signal]));
  }

  private async wakeWanted(): Promise<void> {
    if (this.sleeping.size === 0) return;
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM repository WHERE id = ANY($1::uuid[]) AND wanted > served AND (next_try_at IS NULL OR next_try_at <= now())', [[...this.sleeping.keys()]]);
    for (const { id } of rows) this.sleeping.get(id)?.abort();
  }

  private async sweep(): Promise<void> {
    const mirrored = await this.remotes.mirroredRepositories();
    const known = new Set(await this.repositories());
    for (const id of mirrored) if (!known.has(id)) await this.remotes.mirror(id).destroy();
  }

  private async repositories(): Promise<string[]> {
    return (await this.database.query<{ id: string }>('SELECT id FROM repository ORDER BY id')).map(({ id }) => id);
  }
}
