import type { ObjectRef } from '@heddle/contracts';
import { type AgentView, carries, concernedSwitches, type Convergence, convergenceOf, type NormalisedObject } from '@heddle/hedgehog';
import { Outbox } from '@heddle/messaging';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { referrersOf } from '../findings/index-objects.ts';
import { readNeighbourhood, targetsOf } from '../findings/neighbourhood.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { isAnyAwaited } from '../resources/tally.ts';
import { HopMetrics } from '../telemetry/hop-metrics.ts';
import { readAgentViews } from './agent-store.ts';

interface Assessed extends ObjectRef { desiredHash: string | null; liveHash: string | null; liveFullHash: string | null; goneHash: string | null; switches: string; concerned: string[]; carried: Record<string, number> }

interface Result extends ObjectRef { result: Convergence; concerned: string[]; carried: Record<string, number>; was: string; gone: boolean }

const EVENT_ITEMS = 500;

/** Says which objects are on the switches: only Agents' own words count, and never older ones than the object. */
@Injectable()
export class ConvergenceService {
  constructor(private readonly outbox: Outbox, private readonly hops: HopMetrics, private readonly clock: Clock) {}

  /** The objects, and those whose switches may be others by their change: an attachment puts its VPC on a switch. */
  async assessAround(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<ObjectSet> {
    const around = new ObjectSet(keys.list());
    around.add((await targetsOf(tx, fabric.id, keys)).list().filter(({ kind }) => kind === 'VPC' || kind === 'External'));
    around.add((await referrersOf(tx, fabric.id, keys, 1)).list());
    return this.assess(tx, fabric, around);
  }

  /** @returns the objects whose convergence is another now */
  async assess(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<ObjectSet> {
    const rows = await readAssessed(tx, fabric.id, keys);
    if (rows.length === 0) return new ObjectSet();
    const bodies = await readManifests<NormalisedObject>(tx, fabric.id, rows.map(({ liveHash, liveFullHash, goneHash }) => goneHash ?? liveFullHash ?? liveHash));
    const lookup = await readNeighbourhood(tx, fabric.id, new ObjectSet(rows));
    const agents = await readAgentViews(tx, fabric.id);
    const results = rows.map((row): Result => {
      const { goneHash, liveHash, liveFullHash, desiredHash } = row;
      // Switches carry the whole object, whatever of it is compared.
      const object = bodies.get(goneHash ?? liveFullHash ?? liveHash ?? '');
      const deleted = goneHash !== null;
      if (!object || (!deleted && liveHash !== desiredHash)) return { ...row, was: row.switches, result: NOT_APPLIED, concerned: [], carried: {}, gone: deleted };
      const concerned = deleted ? concernedBefore(object, agents, row.concerned) : concernedSwitches(object, lookup);
      const carried = since(object, agents, row.carried, deleted ? 'no' : 'yes');
      const result = convergenceOf({ object, deleted, concerned, agents, now: this.clock.now(), carriedSince: new Map(Object.entries(carried)) });
      return { ...row, was: row.switches, concerned, carried, result, gone: deleted && isOver(result) };
    });
    const moved = await writeResults(tx, fabric.id, this.clock.now(), results);
    const arrived = results.filter(({ was, result }) => was !== 'converged' && result.state === 'converged');
    this.hops.took(tx, 'on_switches', secondsOf(moved, new ObjectSet(arrived)));
    await this.announce(tx, fabric, arrived);
    return new ObjectSet(moved);
  }

  private async announce(tx: EntityManager, fabric: FabricEntity, converged: readonly ObjectRef[]): Promise<void> {
    if (converged.length === 0) return;
    const complete = !await isAnyAwaited(tx, fabric.id);
    const items = converged.map(({ kind, name }) => ({ kind, name }));
    for (let at = 0; at < items.length; at += EVENT_ITEMS) {
      await this.outbox.add(tx, 'resources.converged', {
        fabricId: fabric.id, commit: fabric.revision?.commit ?? null, items: items.slice(at, at + EVENT_ITEMS), complete: complete && at + EVENT_ITEMS >= items.length,
      }, { fabricId: fabric.id });
    }
  }
}

const NOT_APPLIED: Convergence = { state: 'pending', reason: 'WaitingForController', message: 'It is not in the API server yet as Git has it.', waitingFor: [] };

/** No switch has it any more, or none can ever be asked. */
function isOver({ state, reason }: Convergence): boolean {
  return state === 'converged' || reason === 'NotCarriedByAgents';
}

/** What named it may be gone as well: the switches that had to carry it before, or were seen to, have to drop it. */
function concernedBefore(object: NormalisedObject, agents: readonly AgentView[], before: readonly string[]): string[] {
  const carrying = agents.filter((agent) => ['yes', 'other'].includes(carries(agent, object))).map(({ name }) => name);
  return [...new Set([...before, ...carrying])].toSorted();
}

/** By Agent, the generation at which it was first seen to carry the object as it is (`yes`), or no longer at all (`no`). */
function since(object: NormalisedObject, agents: readonly AgentView[], before: Record<string, number>, as: 'yes' | 'no'): Record<string, number> {
  const carrying = agents.filter((agent) => carries(agent, object) === as);
  return Object.fromEntries(carrying.map(({ name, generation }) => [name, Math.min(before[name] ?? generation, generation)]));
}

async function readAssessed(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Assessed[]> {
  if (keys.size === 0) return [];
  return rowsOf<Assessed>(tx,
    `select r.kind, r.name, r.desired_hash as "desiredHash", r.live_hash as "liveHash", r.live_full_hash as "liveFullHash", r.gone_hash as "goneHash", r.switches, r.concerned, r.carried
     from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name
     where r.fabric_id = $1 and (r.desired_hash is not null or r.gone_hash is not null) order by r.kind, r.name`, [fabricId, keys.json()]);
}

interface Moved extends ObjectRef { seconds: string | null }

function secondsOf(moved: readonly Moved[], arrived: ObjectSet): number[] {
  return moved.flatMap((row) => (row.seconds !== null && arrived.has(row) ? [Number(row.seconds)] : []));
}

async function writeResults(tx: EntityManager, fabricId: string, now: Date, results: readonly Result[]): Promise<Moved[]> {
  const rows = results.map(({ kind, name, result, concerned, carried, gone }) =>
    ({ kind, name, gone, state: result.state, reason: result.reason, message: result.message, waiting: result.waitingFor, concerned, carried, since: result.since?.toISOString() ?? now.toISOString() }));
  return rowsOf<Moved>(tx,
    `update resource r set switches = t.state, switches_reason = t.reason, switches_message = t.message, carried = t.carried, gone_hash = case when t.gone then null else r.gone_hash end,
       waiting_for = array(select jsonb_array_elements_text(t.waiting)), concerned = array(select jsonb_array_elements_text(t.concerned)),
       converged_at = case when t.state <> 'converged' then null else coalesce(r.converged_at, greatest(t.since, r.applied_at)) end
     from jsonb_to_recordset($2::jsonb) as t(kind text, name text, state text, reason text, message text, waiting jsonb, concerned jsonb, carried jsonb, since timestamptz, gone boolean)
     where r.fabric_id = $1 and r.kind = t.kind and r.name = t.name
       and (t.gone or (r.switches, r.switches_reason, r.switches_message, r.carried, r.concerned) is distinct from (t.state, t.reason, t.message, t.carried, array(select jsonb_array_elements_text(t.concerned))))
     returning r.kind, r.name, extract(epoch from r.converged_at - r.applied_at) as seconds`, [fabricId, JSON.stringify(rows)]);
}
