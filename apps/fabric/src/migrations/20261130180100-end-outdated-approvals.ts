import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Releases before did not write down that a request for approval had run out or was left behind by Git, so that old ones
 * still stand as pending. They end here without a word: nobody waits for news of them.
 */
export class EndOutdatedApprovals1796061660000 implements MigrationInterface {
  readonly name = 'EndOutdatedApprovals1796061660000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update approval a set state = case when a.desired_version <> f.desired_version then 'superseded' else 'expired' end
      from fabric f where f.id = a.fabric_id and a.state = 'pending' and (a.desired_version <> f.desired_version or a.expires_at <= now())
    `);
  }

  /** Releases before see by themselves that they are outdated. */
  async down(): Promise<void> {}
}
