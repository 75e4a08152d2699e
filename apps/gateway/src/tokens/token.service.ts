import { createHash, timingSafeEqual } from 'node:crypto';
import { type Actor, ADMINISTRATOR } from '@heddle/contracts';
import { Database, Ids, NotAllowed } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** How long a checked token is taken for good without asking the database again. */
const CACHED_MS = 15_000;
/** Tokens that made tokens that made tokens: so many travel with what is asked, so that none is made that has more behind it. */
export const LONGEST_LINE = 20;

/** Knows who a bearer token belongs to. */
@Injectable()
export class TokenService {
  readonly #checked = new LRUCache<string, { actor: Actor | null }>({ max: 10_000, ttl: CACHED_MS });

  #forMetrics: Buffer | null = null;

  constructor(private readonly database: Database, private readonly ids: Ids) {}

  /** Makes `token` the administrator's; an earlier one of the configuration ends. */
  async setAdministrator(token: string): Promise<void> {
    await this.database.query(
      `INSERT INTO api_token (id, name, hash) VALUES ($1, $2, $3)
       ON CONFLICT (name) DO UPDATE SET hash = EXCLUDED.hash, revoked_at = NULL`,
      [this.ids.uuid(), ADMINISTRATOR, hashOf(token)],
    );
    this.#checked.clear();
  }

  /** `token` reads the metrics of this process, and nothing else. */
  setForMetrics(token: string): void {
    this.#forMetrics = hashOf(token);
  }

  isForMetrics(authorization: string | undefined): boolean {
    const token = tokenOf(authorization);
    return token !== undefined && this.#forMetrics !== null && timingSafeEqual(hashOf(token), this.#forMetrics);
  }

  /** @throws NotAllowed (AUTH-001 without a token, AUTH-002 with one that is not valid). */
  async authenticate(authorization: string | undefined): Promise<Actor> {
    const token = tokenOf(authorization);
    if (!token) {
      throw new NotAllowed({ code: 'AUTH-001', message: 'The request carries no token.', remedy: 'Send it as `Authorization: Bearer <token>`.' });
    }
    const hash = hashOf(token);
    const key = hash.toString('base64');
    let found = this.#checked.get(key);
    if (!found) {
      found = { actor: await this.look(hash) };
      this.#checked.set(key, found);
    }
    if (!found.actor) {
      throw new NotAllowed({ code: 'AUTH-002', message: 'The token is not known, expired or revoked.', remedy: 'Use a valid token; the administrator has one from the start of Heddle.' });
    }
    return found.actor;
  }

  /** A token was revoked: this process asks the database again. Others know it within 15 s. */
  forgetChecked(): void {
    this.#checked.clear();
  }

  private async look(hash: Buffer): Promise<Actor | null> {
    const [own, ...madeBy] = await this.database.query<{ id: string; name: string }>(
      `WITH RECURSIVE line AS (
         SELECT id, name, created_by->>'id' AS maker, 0 AS distance FROM api_token WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
         UNION ALL SELECT t.id, t.name, t.created_by->>'id', line.distance + 1 FROM line JOIN api_token t ON t.id::text = line.maker WHERE line.distance < ${LONGEST_LINE})
       SELECT id, name FROM line ORDER BY distance`, [hash],
    );
    return own ? { type: 'token', ...own, ...(madeBy.length > 0 && { madeBy }) } : null;
  }
}

/** Bearer, or the password of Basic, so that a browser can open the API's page. */
export function tokenOf(authorization: string | undefined): string | undefined {
  const [scheme, value] = (authorization ?? '').split(' ', 2);
  if (!value) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1) || undefined;
}

// Tokens are long and random: a plain hash is enough, and it is what the unique index looks up.
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
