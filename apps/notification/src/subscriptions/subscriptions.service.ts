import { randomBytes } from 'node:crypto';
import type { DeliveryView, Page, SubscriptionSpec, SubscriptionView } from '@heddle/contracts';
import { AuditTrail, Conflict, Database, Ids, NotFound, OutboundGuard, SecretBox, sqlStateOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const UNIQUE_VIOLATION = '23505';
const COLUMNS = `id, name, url, types, fabrics, format, enabled, created_at AS "createdAt"`;

type Row = Omit<SubscriptionView, 'createdAt' | 'secret'> & { createdAt: Date };

/** Who wants to be told of what, and where. */
@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly database: Database, private readonly ids: Ids, private readonly box: SecretBox,
    private readonly guard: OutboundGuard, private readonly audit: AuditTrail,
  ) {}

  async create(spec: SubscriptionSpec): Promise<SubscriptionView> {
    await this.guard.check(spec.url);
    const id = this.ids.uuid();
    const secret = spec.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
    return this.database.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO subscription (id, name, url, types, fabrics, secret, enabled, format) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, spec.name, spec.url, spec.types, spec.fabrics ?? null, this.seal(id, secret), spec.enabled, spec.format],
      );
      await this.audit.append(tx, { action: 'subscription.create', subject: `subscription/${spec.name}`, outcome: 'done', details: { host: new URL(spec.url).host, types: spec.types } });
      const view = viewOf((await tx.query(`SELECT ${COLUMNS} FROM subscription WHERE id = $1`, [id]) as Row[])[0]!);
      return spec.secret ? view : { ...view, secret };
    }).catch((error: unknown) => { throw asConflict(error, spec.name); });
  }

  async list(query: { limit: number; cursor?: string | undefined }): Promise<Page<SubscriptionView>> {
    const rows = await this.database.query<Row>(`SELECT ${COLUMNS} FROM subscription WHERE name > $1 ORDER BY name LIMIT $2`, [query.cursor ?? '', query.limit + 1]);
    return { items: rows.slice(0, query.limit).map(viewOf), next: rows.length > query.limit ? rows[query.limit - 1]!.name : null };
  }

  async get(reference: string): Promise<SubscriptionView> {
    const column = z.uuid().safeParse(reference).success ? 'id' : 'name';
    const [row] = await this.database.query<Row>(`SELECT ${COLUMNS} FROM subscription WHERE ${column} = $1`, [reference]);
    if (!row) throw new NotFound({ code: 'STATE-060', message: `There is no subscription '${reference}'.`, remedy: 'List the subscriptions and use a name or id of these.' });
    return viewOf(row);
  }

  async update(reference: string, patch: Partial<SubscriptionSpec>): Promise<SubscriptionView> {
    const current = await this.get(reference);
    if (patch.url) await this.guard.check(patch.url);
    await this.database.transaction(async (tx) => {
      await tx.query(
        `UPDATE subscription SET name = coalesce($2, name), url = coalesce($3, url), types = coalesce($4, types), fabrics = coalesce($5, fabrics),
           secret = coalesce($6, secret), enabled = coalesce($7, enabled), format = coalesce($8, format) WHERE id = $1`,
        [current.id, patch.name ?? null, patch.url ?? null, patch.types ?? null, patch.fabrics ?? null, patch.secret ? this.seal(current.id, patch.secret) : null, patch.enabled ?? null, patch.format ?? null],
      );
      await this.audit.append(tx, { action: 'subscription.update', subject: `subscription/${current.name}`, outcome: 'done', details: { fields: Object.keys(patch) } });
    }).catch((error: unknown) => { throw asConflict(error, patch.name ?? current.name); });
    return this.get(current.id);
  }

  async remove(reference: string): Promise<{ id: string }> {
    const current = await this.get(reference);
    await this.database.transaction(async (tx) => {
      await tx.query(`DELETE FROM subscription WHERE id = $1`, [current.id]);
      await this.audit.append(tx, { action: 'subscription.delete', subject: `subscription/${current.name}`, outcome: 'done' });
    });
    return { id: current.id };
  }

  async deliveries(reference: string, query: { limit: number; cursor?: string | undefined; state?: string | undefined }): Promise<Page<DeliveryView>> {
    const { id } = await this.get(reference);
    const [, before, beforeId] = /^(\d{1,19})\.([0-9a-f-]{36})$/.exec(query.cursor ?? '') ?? [null, '9223372036854775807', id];
    const rows = await this.database.query<DeliveryView & { position: string; nextTryAt: Date | null; createdAt: Date }>(
      `SELECT id, subscription_id AS "subscriptionId", event_id AS "eventId", event_type AS "eventType", state, attempts, replay_id AS "replayId",
         next_try_at AS "nextTryAt", created_at AS "createdAt", position::text
       FROM delivery WHERE subscription_id = $1 AND (position, id) < ($2::bigint, $5::uuid) AND ($3::text IS NULL OR state = $3) ORDER BY delivery.position DESC, id DESC LIMIT $4`,
      [id, before, query.state ?? null, query.limit + 1, beforeId],
    );
    const items = rows.slice(0, query.limit).map(({ position: _, ...row }) => ({ ...row, nextTryAt: (row.nextTryAt as Date | null)?.toISOString() ?? null, createdAt: (row.createdAt as Date).toISOString() }));
    const last = items.at(-1);
    return { items, next: rows.length > query.limit && last ? `${rows[query.limit - 1]!.position}.${last.id}` : null };
  }

  private seal(id: string, secret: string): string {
    return this.box.encrypt(secret, { table: 'subscription', row: id, column: 'secret' });
  }
}

function viewOf(row: Row): SubscriptionView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

function asConflict(error: unknown, name: string): unknown {
  if (sqlStateOf(error) !== UNIQUE_VIOLATION) return error;
  return new Conflict({ code: 'STATE-061', message: `There is a subscription '${name}' already.`, remedy: 'Choose another name, or change the one that exists.', cause: error });
}
