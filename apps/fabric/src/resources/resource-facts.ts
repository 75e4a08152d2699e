import type { DriftView, ObjectRef, ResourceState } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ABOUT_GIT } from '../findings/findings.ts';
import type { ObjectSet } from './object-ref.ts';

/** Why the last operation could not write or delete the object; void as soon as Git asks for something else. */
export interface Failure { desiredHash: string | null; reason: string; message: string; operationId: string }

/** All that decides on the state of an object, without bodies. */
export interface ResourceFacts extends ObjectRef {
  state: ResourceState;
  reason: string;
  message: string;
  rawHash: string | null;
  desiredHash: string | null;
  /** Of the whole that Git asks for, where the fabric ignores some of it; null: the same. */
  desiredFullHash: string | null;
  held: boolean;
  path: string | null;
  liveHash: string | null;
  /** Of the whole that lives, where the fabric ignores some of it; null: the same. */
  liveFullHash: string | null;
  baseHash: string | null;
  /** What it was before it was deleted, while switches may still carry it. */
  goneHash: string | null;
  uid: string | null;
  resourceVersion: string | null;
  generation: number | null;
  managed: boolean;
  deletingSince: Date | null;
  finalizers: string[];
  inFlight: string | null;
  failure: Failure | null;
  switches: 'converged' | 'pending' | 'failed' | 'unknown';
  switchesReason: string;
  switchesMessage: string;
  waitingFor: string[];
  /** Rule ids of findings of severity error. */
  errors: string[];
  drift: OpenDrift | null;
}

export interface OpenDrift { id: string; state: DriftView['state']; type: DriftView['type']; liveHash: string | null; operationId: string | null; desiredHash: string | null; conflict: boolean; /** Paths of the fields that Git changed as well. */ conflicts: string[] }

export const FACTS = `
  r.kind, r.name, r.state, r.reason, r.message, r.raw_hash as "rawHash", r.desired_hash as "desiredHash", r.desired_full_hash as "desiredFullHash", r.held, r.path,
  r.live_hash as "liveHash", r.live_full_hash as "liveFullHash", r.base_hash as "baseHash", r.gone_hash as "goneHash", r.uid, r.resource_version as "resourceVersion", r.generation::int as generation,
  r.managed, r.deleting_since as "deletingSince", r.finalizers, r.in_flight as "inFlight", r.failure,
  r.switches, r.switches_reason as "switchesReason", r.switches_message as "switchesMessage", r.waiting_for as "waitingFor",
  array(select distinct f.rule from finding f where f.fabric_id = r.fabric_id and f.kind = r.kind and f.name = r.name and f.severity = 'error' and f.${ABOUT_GIT} order by 1) as errors,
  (select jsonb_build_object('id', d.id, 'state', d.state, 'type', d.type, 'liveHash', d.live_hash, 'operationId', d.operation_id, 'desiredHash', d.desired_hash, 'conflict', d.conflict,
     'conflicts', (select coalesce(jsonb_agg(f->>'path'), '[]') from jsonb_array_elements(d.fields) f where (f->>'conflict')::boolean))
   from drift d where d.fabric_id = r.fabric_id and d.kind = r.kind and d.name = r.name and d.state <> 'resolved') as drift`;

export async function readFacts(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<ResourceFacts[]> {
  if (keys.size === 0) return [];
  return rowsOf<ResourceFacts>(tx,
    `select ${FACTS} from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     where r.fabric_id = $1 order by r.kind, r.name`, [fabricId, keys.json()]);
}
