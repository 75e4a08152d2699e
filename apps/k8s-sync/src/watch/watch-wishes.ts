import type { MessageData } from '@heddle/contracts';
import { Database, rowsOf } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { WatchedKind } from './project-object.ts';

export interface WatchWish {
  readonly fabricId: string;
  readonly generation: number;
  readonly enabled: boolean;
  readonly namespace: string;
  readonly kinds: WatchedKind[];
}

/** What fabric wants to be watched. */
@Injectable()
export class WatchWishes {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** The higher generation wins. Answers whether this one did. */
  async put(tx: EntityManager, wish: MessageData<'cluster.watch'>): Promise<boolean> {
    const rows = await rowsOf(tx,
      `INSERT INTO watch_wish AS w (fabric_id, generation, enabled, namespace, kinds) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (fabric_id) DO UPDATE SET generation = excluded.generation, enabled = excluded.enabled, namespace = excluded.namespace, kinds = excluded.kinds
       WHERE w.generation < excluded.generation RETURNING fabric_id`,
      [wish.fabricId, wish.generation, wish.enabled, wish.namespace, JSON.stringify(wish.kinds)]);
    return rows.length > 0;
  }

  async get(fabricId: string): Promise<WatchWish | null> {
    const [row] = await this.database.query<WatchWish>(`SELECT fabric_id AS "fabricId", generation, enabled, namespace, kinds FROM watch_wish WHERE fabric_id = $1`, [fabricId]);
    return row ?? null;
  }

  /** Generation and cluster revision of each of these fabrics: when one changes, its watches start anew. */
  async versions(fabricIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.database.query<{ fabric_id: string; version: string }>(
      `SELECT c.fabric_id, concat(c.revision, '/', w.generation) AS version FROM cluster c LEFT JOIN watch_wish w USING (fabric_id) WHERE c.fabric_id = ANY($1)`, [[...fabricIds].sort()]);
    return new Map(rows.map((row) => [row.fabric_id, row.version]));
  }
}
