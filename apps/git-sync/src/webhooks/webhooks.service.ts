import { AuditTrail, Database, NotAllowed, NotFound, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { Webhooks } from '@octokit/webhooks';
import { findRepository } from '../repositories/find-repository.ts';
import { GitRepository } from '../repositories/git-repository.entity.ts';
import { RepositorySecrets } from '../repositories/repository-secrets.ts';
import { FetchLoop } from '../sources/fetch-loop.ts';
import { wantFetch } from '../sources/want-fetch.ts';
import { judgePush } from './judge-push.ts';

interface Webhook {
  repository: string;
  headers: Record<string, string>;
  /** base64 */
  body: string;
}

type Answer = { accepted: boolean; reason: string };

/** Takes webhooks: verified over the raw bytes before anything in them is believed. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly database: Database,
    private readonly secrets: RepositorySecrets,
    private readonly loop: FetchLoop,
    private readonly audit: AuditTrail,
  ) {}

  async receive(webhook: Webhook): Promise<Answer> {
    const raw = Buffer.from(webhook.body, 'base64').toString('utf8');
    const repository = await findRepository(this.database.dataSource.manager, webhook.repository).catch((error: unknown) => {
      // Whoever has no secret is not told which repositories exist.
      throw error instanceof NotFound ? notAllowed() : error;
    });
    const signature = webhook.headers['x-hub-signature-256'];
    if (!(await this.verified(repository, raw, signature))) {
      await this.refuse(repository, signature === undefined ? 'signature missing' : 'signature wrong');
      throw notAllowed();
    }
    const delivery = webhook.headers['x-github-delivery'];
    const event = webhook.headers['x-github-event'] ?? '';
    return this.accept(repository, event, parse(raw), delivery);
  }

  private async verified(repository: GitRepository, raw: string, signature: string | undefined): Promise<boolean> {
    if (!signature || raw === '') return false;
    return new Webhooks({ secret: this.secrets.openWebhookSecret(repository).reveal() }).verify(raw, signature);
  }

  private accept(repository: GitRepository, event: string, body: unknown, delivery: string | undefined): Promise<Answer> {
    return this.database.transaction(async (tx) => {
      if (delivery !== undefined && !(await this.isFirst(tx, repository.id, delivery))) return { accepted: true, reason: 'The delivery is known already.' };
      const rows = await rowsOf<{ branch: string }>(tx, 'SELECT DISTINCT branch FROM source WHERE repository_id = $1 AND NOT released', [repository.id]);
      const verdict = judgePush(event, body, new Set([repository.defaultBranch, ...rows.map(({ branch }) => branch)]));
      if (!verdict.wants) return { accepted: event === 'ping', reason: verdict.reason };
      await wantFetch(tx, repository.id, { evenInPause: false });
      onCommit(tx, () => this.loop.wake(repository.id));
      return { accepted: true, reason: verdict.reason };
    });
  }

  private async isFirst(tx: Parameters<typeof rowsOf>[0], repositoryId: string, delivery: string): Promise<boolean> {
    await rowsOf(tx, `DELETE FROM webhook_delivery WHERE received_at < now() - interval '7 days'`);
    const rows = await rowsOf(tx, 'INSERT INTO webhook_delivery (repository_id, delivery) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING delivery', [repositoryId, delivery.slice(0, 200)]);
    return rows.length > 0;
  }

  private refuse(repository: GitRepository, why: string): Promise<void> {
    return this.database.transaction((tx) => this.audit.append(tx, { action: 'repository.webhook', subject: `repository/${repository.name}`, outcome: 'refused', details: { why } }));
  }
}

function notAllowed(): NotAllowed {
  return new NotAllowed({ code: 'GIT-005', message: 'The signature of the webhook is missing or wrong.', remedy: 'Enter the webhook secret of the repository at the Git server, and choose the content type application/json.' });
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    // Signed, yet no JSON: the content type of the webhook is form-encoded.
    return null;
  }
}
