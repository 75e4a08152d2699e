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
  /** Kinds whose watch is live, or that the cluster never had. */
  live: ReadonlySet<string>;
  watches: { kind: string; state: string; reason: string; message: string; snapshotAt: Date | null; fields?: readonly { path: string; present: boolean }[] | null }[];
}

/** k8s-sync gives a sign of life of each fabric every 15 s: a watch that nobody keeps says nothing. */
const SILENT_SECONDS = 90;
const SILENT = { state: 'stale', reason: 'WatcherSilent', message: `Nothing was heard of the cluster for over ${SILENT_SECONDS} s; see whether k8s-sync runs.` };

export async function readFreshness(tx: EntityManager, fabrics: readonly FabricEntity[]): Promise<Map<string, Freshness>> {
  const rows = await rowsOf<Freshness['watches'][number] & { id: string; silent: boolean | null }>(tx,
    `select fabric_id as id, kind, state, reason, message, snapshot_at as "snapshotAt", fields, max(last_heard_at) over (partition by fabric_id) < now() - make_interval(secs => ${SILENT_SECONDS}) as silent
     from watch where fabric_id = any($1::uuid[]) order by kind`, [fabrics.map(({ id }) => id)]);
  const byFabric = Map.groupBy(rows.map(({ silent, ...watch }) => (silent && watch.state === 'live' ? { ...watch, ...SILENT } : watch)), ({ id }) => id);
  return new Map(fabrics.map(({ id, connection }) => {
    const watches = byFabric.get(id) ?? [];
    const connected = connection.state === 'connected';
    return [id, { connected, reason: connected ? 'WatchStale' : 'ClusterUnreachable', message: connected ? 'The watch of its kind or of the Agents is not live.' : connection.message, watches, live: new Set(watches.filter(isLive).map(({ kind }) => kind)) }];
  }));
}

/** A kind that was listed and is missing now has taken its objects with it, and nobody saw them go. */
export function isLive({ state, reason, snapshotAt }: Pick<Freshness['watches'][number], 'state' | 'reason' | 'snapshotAt'>): boolean {
  return state === 'live' || (reason === 'KindMissing' && snapshotAt === null);
}

/** What is stored of a kind's objects in the API server holds now. */
export function isStored({ connected, live }: Freshness, kind: string): boolean {
  return connected && live.has(kind);
}

/** What is stored of a kind's objects on the switches holds now: kind and Agents are watched, and the cluster answers. Without a kind of Agents nobody tells. */
export function isTold(freshness: Freshness, kind: string): boolean {
  const agentKind = descriptorOf(kind)?.carriedBy?.agentKind;
  return isStored(freshness, kind) && (agentKind === undefined || freshness.watches.some(({ kind: watched, state }) => watched === agentKind && state === 'live'));
}
