import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { readFreshness } from '../fabrics/freshness.ts';
import type { OperationEntity } from './operation.entity.ts';
import type { Ahead } from './operation-wait.ts';
import type { SwitchWait, WaitFacts } from './step-wait.ts';

/** Reads what the waits of an operation's steps depend on, in a few statements whatever their number. */
export async function readWaitFacts(tx: EntityManager, operation: OperationEntity): Promise<WaitFacts> {
  const fabric = await tx.getRepository(FabricEntity).findOneByOrFail({ id: operation.fabricId });
  const silent = (await readFreshness(tx, [fabric])).get(fabric.id)?.watches.find(({ reason }) => reason === 'WatcherSilent');
  return { deadline: operation.deadline, connection: fabric.connection, workerSilentSince: silent ? await lastHeard(tx, fabric.id) : null, onSwitches: await readSwitchWaits(tx, operation.id) };
}

export type WaitReader = (operation: OperationEntity) => Promise<WaitFacts>;

/** {@link readWaitFacts}, of each operation once. */
export function waitReader(tx: EntityManager): WaitReader {
  const known = new Map<string, Promise<WaitFacts>>();
  return (operation) => {
    const reading = known.get(operation.id) ?? readWaitFacts(tx, operation);
    known.set(operation.id, reading);
    return reading;
  };
}

async function lastHeard(tx: EntityManager, fabricId: string): Promise<Date> {
  const [row] = await rowsOf<{ at: Date }>(tx, 'select coalesce(max(last_heard_at), now()) as at from watch where fabric_id = $1', [fabricId]);
  return row!.at;
}

/** What the steps of an operation wrote and switches do not have yet. A later operation that wrote the object again answers for it. */
async function readSwitchWaits(tx: EntityManager, operationId: string): Promise<Map<string, SwitchWait>> {
  const rows = await rowsOf<SwitchWait & { stepId: string }>(tx,
    `select s.step_id as "stepId", r.switches_reason as reason, r.switches_message as message, coalesce(r.applied_at, s.at, r.since) as since, r.waiting_for as switches
     from step s join resource r on r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name
     where s.operation_id = $1 and s.state = 'done' and r.switches <> 'converged' and r.switches_reason <> 'NotCarriedByAgents' and r.in_flight is null
       and ((s.desired_hash is not null and r.base_hash = s.desired_hash and r.live_hash = s.desired_hash) or (s.action = 'delete' and r.gone_hash is not null))`, [operationId]);
  return new Map(rows.map(({ stepId, ...wait }) => [stepId, wait]));
}

/** What is ahead of each pending operation of these: the one in progress, else the pending one with the next lower number. */
export async function readAhead(tx: EntityManager, operationIds: readonly string[]): Promise<Map<string, Ahead>> {
  if (operationIds.length === 0) return new Map();
  const rows = await rowsOf<Ahead & { id: string }>(tx,
    `select o.id, a.number, a.type, a.state, a.started_at as "startedAt", a.deadline from operation o
     join lateral (select * from operation a where a.fabric_id = o.fabric_id and a.number < o.number and a.state in ('pending', 'in_progress') order by a.number desc limit 1) a on true
     where o.id = any($1::uuid[]) and o.state = 'pending'`, [operationIds]);
  return new Map(rows.map(({ id, ...ahead }) => [id, ahead]));
}
