import { Background, Clock, Database } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ASK_AGAIN_MS, RevisionService } from './revision.service.ts';
import { fabricsMissingChunks } from './stage-chunk.ts';

const LOOK_EVERY_MS = 15_000;

/** Looks for revisions that lost a chunk: where nobody pushes any more, no later one would show that they are missing. */
@Injectable()
export class MissingChunks implements OnApplicationBootstrap {
  constructor(private readonly background: Background, private readonly database: Database, private readonly clock: Clock, private readonly revisions: RevisionService) {}

  onApplicationBootstrap(): void {
    this.background.every('missing chunks', LOOK_EVERY_MS, () => this.look());
  }

  private async look(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - ASK_AGAIN_MS);
    for (const id of await fabricsMissingChunks(this.database.dataSource.manager, before)) {
      await this.database.transaction((tx) => this.revisions.askForMissing(tx, id));
    }
  }
}
