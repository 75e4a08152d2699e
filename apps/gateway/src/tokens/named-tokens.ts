import { randomBytes } from 'node:crypto';
import { type Actor, ADMINISTRATOR, type makeTokenSchema, type NewToken, type Page, type TokenView } from '@heddle/contracts';
import { AuditTrail, Conflict, currentContext, Database, Ids, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { hashOf, LONGEST_LINE, TokenService } from './token.service.ts';

interface Row { id: string; name: string; createdAt: Date; expiresAt: Date | null; revokedAt: Date | null; createdBy: Actor | null }

const COLUMNS = `id, name, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt", created_by AS "createdBy"`;
const TOKEN_BYTES = 32;

/** Tokens of people and programs, each under a name of its own: who does something is known by it. */
@Injectable()
export class NamedTokens {
  constructor(private readonly database: Database, private readonly ids: Ids, private readonly audit: AuditTrail, private readonly tokens: TokenService) {}

  /**
   * @throws Conflict STATE-050 for a name that there is or was: the audit trail must not mean two by one name; STATE-053 at the end
   * of a line so long that who began it would be lost sight of, and could approve what they asked for
   */
  async make({ name, expiresAt }: z.output<typeof makeTokenSchema>): Promise<NewToken> {
    const maker = currentContext()?.actor;
    if ((maker?.madeBy?.length ?? 0) >= LONGEST_LINE) {
      throw new Conflict({ code: 'STATE-053', message: `The token ${name} can't be made by ${maker?.name ?? maker?.id}: ${LONGEST_LINE} tokens stand behind that one, each made by the next.`, remedy: "Make it by a token that is nearer to the administrator's." });
    }
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    return this.database.transaction(async (tx) => {
      const [row] = await rowsOf<Row>(tx,
        `INSERT INTO api_token (id, name, hash, expires_at, created_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING ${COLUMNS}`,
        [this.ids.uuid(), name, hashOf(token), expiresAt ?? null, JSON.stringify(maker ?? null)]);
      if (!row) throw new Conflict({ code: 'STATE-050', message: `There is or was a token ${name}.`, remedy: 'Choose another name; a name is never used twice.' });
      await this.audit.append(tx, { action: 'token.make', subject: `token/${name}`, outcome: 'done', details: { id: row.id, expiresAt: expiresAt ?? null } });
      return { ...viewOf(row), token };
    });
  }

  async list(): Promise<Page<TokenView>> {
    return { items: (await this.database.query<Row>(`SELECT ${COLUMNS} FROM api_token ORDER BY created_at, name`)).map(viewOf), next: null };
  }

  /** The administrator's comes and goes with the configuration. @throws NotFound STATE-051, Conflict STATE-052 */
  async revoke(name: string): Promise<TokenView> {
    if (name === ADMINISTRATOR) throw new Conflict({ code: 'STATE-052', message: 'The token of the administrator comes from the configuration.', remedy: 'Set another HEDDLE_ADMIN_TOKEN and start the gateway again.' });
    const view = await this.database.transaction((tx) => this.revokeIn(tx, name));
    this.tokens.forgetChecked();
    return view;
  }

  private async revokeIn(tx: EntityManager, name: string): Promise<TokenView> {
    const [row] = await rowsOf<Row>(tx, `UPDATE api_token SET revoked_at = coalesce(revoked_at, now()) WHERE name = $1 RETURNING ${COLUMNS}`, [name]);
    if (!row) throw new NotFound({ code: 'STATE-051', message: `There is no token ${name}.`, remedy: 'List the tokens to see their names.' });
    await this.audit.append(tx, { action: 'token.revoke', subject: `token/${name}`, outcome: 'done', details: { id: row.id } });
    return viewOf(row);
  }
}

function viewOf({ id, name, createdAt, expiresAt, revokedAt, createdBy }: Row): TokenView {
  return { id, name, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null, revokedAt: revokedAt?.toISOString() ?? null, madeBy: createdBy?.name ?? createdBy?.id ?? null };
}
