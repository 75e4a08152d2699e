import type { ExplainedAgent, Explanation, ObjectRef } from '@heddle/contracts';
import { descriptorOf, type JsonObject, refusalOf } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import { type EntityManager, In } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { type Freshness, isStored, isTold, readFreshness } from '../fabrics/freshness.ts';
import { OperationEntity } from '../operations/operation.entity.ts';
import { operationView } from '../operations/operation-view.ts';
import { readSteps } from '../operations/step-store.ts';
import { stepWaits } from '../operations/step-wait.ts';
import type { WaitReader } from '../operations/wait-facts.ts';
import { unseenKinds } from '../plans/plan-input.ts';
import type { Withheld } from '../plans/withheld.ts';
import { directoryFacts } from '../revisions/source-documents.ts';
import { type AgentFacts, describeAgent } from './describe-agent.ts';
import type { FabricFacts, LastStep, ObjectFacts } from './explain-facts.ts';

/** What explanations of a fabric and of its objects share. @param kinds of the objects that are asked about */
export async function readFabricFacts(tx: EntityManager, fabric: FabricEntity, kinds: readonly string[], now: Date, waitFacts: WaitReader): Promise<FabricFacts> {
  const freshness = (await readFreshness(tx, [fabric])).get(fabric.id) as Freshness;
  const { unreadable } = await directoryFacts(tx, fabric.id);
  return { now, fabric, unseenKinds: await unseenKinds(tx, fabric.id), unreadable, operations: await readOpenOperations(tx, fabric.id, waitFacts), trust: trustIn(freshness, kinds) };
}

function trustIn(freshness: Freshness, kinds: readonly string[]): FabricFacts['trust'] {
  const bad = freshness.watches.find(({ kind, state }) => kinds.includes(kind) && state !== 'live') ?? freshness.watches.find(({ state }) => state !== 'live');
  const ofWatch = bad && freshness.connected ? { reason: bad.reason, message: `The watch of ${bad.kind} is not live: ${bad.message}` } : freshness;
  return { stored: kinds.every((kind) => isStored(freshness, kind)), told: kinds.every((kind) => isTold(freshness, kind)), reason: ofWatch.reason, message: ofWatch.message, since: null };
}

/** The one in progress first, with what it waits for. */
async function readOpenOperations(tx: EntityManager, fabricId: string, waitFacts: WaitReader): Promise<FabricFacts['operations']> {
  const open = await tx.getRepository(OperationEntity).find({ where: { fabricId, state: In(['in_progress', 'pending']) }, order: { number: 'ASC' } });
  const sorted = open.toSorted((a, b) => Number(b.state === 'in_progress') - Number(a.state === 'in_progress'));
  const [first] = sorted;
  const wait = first ? (await operationView(tx, first, waitFacts)).wait ?? null : null;
  return sorted.map((operation, index) => ({ ...shown(operation), wait: index === 0 ? wait : null }));
}

function shown({ id, number, state, deadline }: OperationEntity): NonNullable<Explanation['operation']> {
  return { id, number, state, deadline: deadline.toISOString() };
}

const OBJECT = `r.kind, r.name, r.state, r.reason, r.message, r.desired_hash as "desiredHash", r.live_hash as "liveHash", r.base_hash as "baseHash", r.gone_hash as "goneHash", r.held, r.path, r.line,
  r.managed, r.deleting_since as "deletingSince", r.finalizers, r.in_flight as "inFlight", r.failure, r.switches, r.switches_reason as "switchesReason", r.switches_message as "switchesMessage", r.waiting_for as "waitingFor",
  r.since, r.committed_at as "committedAt", r.stored_at as "storedAt", r.applied_at as "appliedAt", r.converged_at as "convergedAt"`;

type ObjectRow = ObjectFacts['object'] & { waitingFor: string[] };

export async function readObject(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<ObjectRow | null> {
  const [row] = await rowsOf<ObjectRow>(tx, `select ${OBJECT} from resource r where r.fabric_id = $1 and r.kind = $2 and r.name = $3`, [fabricId, kind, name]);
  return row ?? null;
}

export async function readDrift(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<ObjectFacts['drift']> {
  const [row] = await rowsOf<NonNullable<ObjectFacts['drift']>>(tx,
    `select state, type, detected_at as "detectedAt", managers, heal_at as "healAt" from drift where fabric_id = $1 and kind = $2 and name = $3 and state in ('open', 'snoozed')`, [fabricId, kind, name]);
  return row ?? null;
}

/** What the last plan kept back, as long as Git has not moved on since. */
const LAST_WITHHELD = `from plan p cross join lateral jsonb_to_recordset(p.body->'withheld') as w(kind text, name text, action text, reason text, message text)
  where p.id = (select id from plan where fabric_id = $1 and type = 'sync' order by created_at desc, id limit 1) and p.desired_version = $2`;

export async function readWithheld(tx: EntityManager, fabric: FabricEntity, { kind, name }: ObjectRef): Promise<Withheld | null> {
  const [row] = await rowsOf<Withheld>(tx, `select w.* ${LAST_WITHHELD} and w.kind = $3 and w.name = $4 limit 1`, [fabric.id, fabric.desiredVersion, kind, name]);
  return row ?? null;
}

/** By reason, the most first. What is not ours, or is on its way out, stands in nobody's way. */
export async function countWithheld(tx: EntityManager, fabric: FabricEntity): Promise<{ reason: string; message: string; count: number }[]> {
  const rows = await rowsOf<{ reason: string; message: string; count: string }>(tx,
    `select w.reason, min(w.message) as message, count(*) as count ${LAST_WITHHELD} and w.reason not in ('NotInInventory', 'AlreadyDeleting', 'NotSelected') group by 1 order by 3 desc, 1`, [fabric.id, fabric.desiredVersion]);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** The step of the last operation that had to do with the object, with what stands or stood before it. */
export async function readLastStep(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef, waitFacts: WaitReader): Promise<LastStep | null> {
  const [last] = await rowsOf<{ operationId: string; stepId: string }>(tx,
    `select s.operation_id as "operationId", s.step_id as "stepId" from step s join operation o on o.id = s.operation_id
     where s.fabric_id = $1 and s.kind = $2 and s.name = $3 order by o.number desc, s.state in ('done', 'stalled', 'not_started'), s.ordinal desc limit 1`, [fabricId, kind, name]);
  if (!last) return null;
  const operation = await tx.getRepository(OperationEntity).findOneByOrFail({ id: last.operationId });
  const needed = await rowsOf<{ id: string }>(tx,
    `with recursive needed as (
       select step_id, depends_on from step where operation_id = $1 and step_id = $2
       union select s.step_id, s.depends_on from needed n join step s on s.operation_id = $1 and s.step_id = any(n.depends_on))
     select step_id as id from needed`, [last.operationId, last.stepId]);
  const steps = await readSteps(tx, last.operationId, needed.map(({ id }) => id));
  const own = steps.find(({ stepId }) => stepId === last.stepId)!;
  const wait = operation.state === 'in_progress' ? stepWaits(steps, await waitFacts(operation)).get(own.stepId) ?? null : null;
  const before = own.state === 'not_started' ? steps.find(({ state, stepId }) => state === 'stalled' && stepId !== own.stepId) : undefined;
  const { action, state, reason, message, remedy, at } = own;
  return {
    operation: shown(operation), action, state, reason, message, remedy, at, wait,
    failedBefore: before ? { action: before.action, kind: before.kind, name: before.name, reason: before.reason, message: before.message, remedy: before.remedy } : null,
  };
}

const AGENT = `name, generation::int as generation, (body#>>'{status,lastAppliedGen}')::int as "appliedGeneration", (body#>>'{status,lastAttemptGen}')::int as "attemptGeneration",
  (body#>>'{status,lastAttemptTime}')::timestamptz as "attemptAt", heartbeat_at as "heartbeatAt",
  case when jsonb_typeof(body#>'{status,conditions}') = 'array' then body#>'{status,conditions}' end as conditions`;

type AgentFactsRow = Omit<AgentFacts, 'refusal'> & { name: string; conditions: JsonObject[] | null };

function agentFacts({ conditions, ...row }: AgentFactsRow): AgentFacts {
  return { ...row, refusal: refusalOf({ conditions: conditions ?? [], lastAppliedGen: row.appliedGeneration ?? 0 })?.message ?? null };
}

/** The Agents that an object waits for. */
export async function readAwaitedAgents(tx: EntityManager, fabricId: string, { kind, waitingFor }: Pick<ObjectRow, 'kind' | 'waitingFor'>, now: Date): Promise<ExplainedAgent[]> {
  const agentKind = descriptorOf(kind)?.carriedBy?.agentKind;
  if (!agentKind || waitingFor.length === 0) return [];
  const rows = await rowsOf<AgentFactsRow>(tx, `select ${AGENT} from agent where fabric_id = $1 and kind = $2 and name = any($3::text[])`, [fabricId, agentKind, waitingFor]);
  const known = new Map(rows.map((row) => [row.name, agentFacts(row)]));
  return waitingFor.map((name) => describeAgent(name, known.get(name) ?? null, now));
}

const AGENTS_SHOWN = 50;
const OBJECTS_SHOWN = 20;

/** The Agents of a fabric that are silent, or have something to apply. */
export async function readLaggingAgents(tx: EntityManager, fabricId: string, now: Date): Promise<ExplainedAgent[]> {
  const rows = await rowsOf<AgentFactsRow>(tx,
    `select ${AGENT} from agent where fabric_id = $1 and kind in ('Agent', 'GatewayAgent') and (not fresh or coalesce((body#>>'{status,lastAppliedGen}')::bigint, 0) < generation) order by kind, name limit ${AGENTS_SHOWN}`, [fabricId]);
  return rows.map((row) => describeAgent(row.name, agentFacts(row), now));
}

/** Objects that are not there yet, those that somebody has to see to first. */
export async function readOpenObjects(tx: EntityManager, fabricId: string): Promise<Explanation['objects']> {
  return rowsOf<Explanation['objects'][number]>(tx,
    `select kind, name, state, reason, message from resource where fabric_id = $1 and state not in ('synced', 'deleted') and not (state = 'applied' and switches_reason = 'NotCarriedByAgents') and not (state = 'orphaned' and reason = 'NotInGit')
     order by array_position(array['failed', 'drifted', 'committed', 'pending', 'deleting', 'applied', 'orphaned'], state), kind, name limit ${OBJECTS_SHOWN}`, [fabricId]);
}
