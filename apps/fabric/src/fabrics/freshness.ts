import { descriptorOf } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from './fabric.entity.ts';

/** How far what is stored of a fabric's cluster can be believed now: kept per kind, never per object. */
export interface Freshness {
  connected: boolean;
  /** Why nothing can be said, for people; null while the cluster is connected. */
  reason: string;
  message: string;
  /** Kinds whose watch is live, or that the cluster doesn't have. */
  live: ReadonlySet<string>;
  watches: { kind: string; state: string; reason: string; message: string; snapshotAt: Date | null }[];
}

export async function readFreshness(tx: EntityManager, fabrics: readonly FabricEntity[]): Promise<Map<string, Freshness>> {
  const rows = await rowsOf<Freshness['watches'][number] & { id: string }>(tx,
    `select fabric_id as id, kind, state, reason, message, snapshot_at as "snapshotAt" from watch where fabric_id = any($1::uuid[]) order by kind`, [fabrics.map(({ id }) => id)]);
  const byFabric = Map.groupBy(rows, ({ id }) => id);
  return new Map(fabrics.map(({ id, connection }) => {
    const watches = byFabric.get(id) ?? [];
    const connected = connection.state === 'connected';
    return [id, { connected, reason: connected ? 'WatchStale' : 'ClusterUnreachable', message: connected ? 'The watch of its kind or of the Agents is not live.' : connection.message, watches, live: new Set(watches.filter(isLive).map(({ kind }) => kind)) }];
  }));
}

export function isLive({ state, reason }: { state: string; reason: string }): boolean {
  return state === 'live' || reason === 'KindMissing';
}

/** What is stored of a kind's objects in the API server holds now. */
export function isStored({ connected, live }: Freshness, kind: string): boolean {
  return connected && live.has(kind);
}

/** What is stored of a kind's objects on the switches holds now: kind and Agents are watched, and the cluster answers. */
export function isTold(freshness: Freshness, kind: string): boolean {
  const agentKind = descriptorOf(kind)?.carriedBy?.agentKind;
  return isStored(freshness, kind) && (agentKind === undefined || freshness.live.has(agentKind));
}
