import type { MessageData, ObjectRef } from '@heddle/contracts';
import { agentView, HEARTBEAT_FRESH_MS, isFresh } from '@heddle/hedgehog';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AgentHealthService } from '../agent-health/agent-health.service.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { ValidationService } from '../findings/validation.service.ts';
import { heardOf, markListed, takeSnapshotChunk } from '../observations/watch-store.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { joinSets } from '../resources/table-statistics.ts';
import { type AgentRow, type AgentWrite, expireHeartbeats, forgetGone, readAgents, removeAgents, writeAgents } from './agent-store.ts';
import { changedCopies } from './changed-copies.ts';
import { ConvergenceService } from './convergence.service.ts';

type Observed = MessageData<'agents.observed'>;

/** Takes in what the switches say, and looks again at the objects that it may concern, not at the whole fabric. */
@Injectable()
export class AgentService {
  constructor(private readonly convergence: ConvergenceService, private readonly review: ReviewService, private readonly validation: ValidationService, private readonly health: AgentHealthService, private readonly clock: Clock) {}

  async observe(tx: EntityManager, data: Observed): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    if (!fabric || fabric.state === 'decommissioned') return;
    if (!await heardOf(tx, data)) return;
    await joinSets(tx, data.items.length);
    const before = await readAgents(tx, fabric.id, data.kind, data.items.map(({ name }) => name));
    const rows = data.items.filter(({ change }) => change === 'present').map((item) => this.rowOf(data.kind, item));
    const taken = await writeAgents(tx, fabric.id, data.watchEpoch, data.sequence, this.clock.now(), rows);
    const gone = await removeAgents(tx, fabric.id, data.kind, data.watchEpoch, data.sequence, { names: data.items.filter(({ change }) => change === 'deleted').map(({ name }) => name) });
    const vanished = await this.endSnapshot(tx, fabric, data);
    const written = rows.filter(({ name }) => taken.has(name));
    if (data.kind === 'Agent' || data.kind === 'GatewayAgent') await this.assess(tx, fabric, data.kind, before, written, [...gone, ...vanished]);
    else await this.revalidate(tx, fabric, data.kind, [...written.map(({ name }) => name), ...gone, ...vanished]);
  }

  /** Agents that fell silent say nothing about their switches any more. */
  async expire(tx: EntityManager, fabricId: string): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    if (!fabric) return;
    const silent = await expireHeartbeats(tx, fabric.id, new Date(this.clock.now().getTime() - HEARTBEAT_FRESH_MS));
    await this.lookAgain(tx, fabric, await concernedBy(tx, fabric.id, silent));
    await this.health.assessSilent(tx, fabric, silent);
  }

  /** What was seen wrong with an Agent and is to be told or forgotten by now. */
  async settleHealth(tx: EntityManager, fabricId: string): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    if (fabric) await this.health.assessDue(tx, fabric);
  }

  private rowOf(kind: string, { name, uid, resourceVersion, generation, object }: Observed['items'][number]): AgentWrite {
    const body = object ?? {};
    const { lastHeartbeat } = agentView('Agent', name, generation, body);
    const fresh = lastHeartbeat !== undefined && isFresh(lastHeartbeat, this.clock.now());
    return { kind, name, uid, resourceVersion, generation, heartbeatAt: lastHeartbeat?.toISOString() ?? null, fresh, body };
  }

  private async assess(tx: EntityManager, fabric: FabricEntity, kind: 'Agent' | 'GatewayAgent', before: ReadonlyMap<string, AgentRow>, written: readonly AgentWrite[], gone: readonly string[]): Promise<void> {
    const keys = new ObjectSet(written.flatMap((row) => changedCopies(kind, row.name, before.get(row.name)?.body ?? null, row.body)));
    const moved = written.filter((row) => isNews(before.get(row.name), row)).map(({ name }) => name);
    keys.add((await waitingFor(tx, fabric.id, moved)).list());
    const turned = written.filter(({ name, fresh }) => before.get(name)?.fresh !== fresh).map(({ name }) => name);
    keys.add((await concernedBy(tx, fabric.id, [...turned, ...gone])).list());
    await this.lookAgain(tx, fabric, keys);
    await this.health.assess(tx, fabric, kind, written, gone);
  }

  private async lookAgain(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<void> {
    const changed = await this.convergence.assess(tx, fabric, keys);
    await this.review.review(tx, fabric, changed, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
  }

  /** What a switch model has decides on the switches of that model. */
  private async revalidate(tx: EntityManager, fabric: FabricEntity, kind: string, names: readonly string[]): Promise<void> {
    const naming = new ObjectSet(await rowsOf<ObjectRef>(tx,
      'select distinct from_kind as kind, from_name as name from reference where fabric_id = $1 and to_kind = $2 and to_name = any($3::text[])', [fabric.id, kind, names]));
    await this.validation.validate(tx, fabric.id, naming);
    await this.review.review(tx, fabric, naming, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
  }

  private async endSnapshot(tx: EntityManager, fabric: FabricEntity, data: Observed): Promise<string[]> {
    const whole = await takeSnapshotChunk(tx, data);
    if (!whole) return [];
    await markListed(tx, fabric.id, data.kind, whole);
    const vanished = await removeAgents(tx, fabric.id, data.kind, whole.epoch, whole.sequence, { except: whole.names });
    await forgetGone(tx, fabric.id, data.kind, whole.epoch, whole.lastSequence);
    return vanished;
  }
}

function isNews(before: AgentRow | undefined, { generation, body }: AgentWrite): boolean {
  const status = (of: Record<string, unknown>): unknown => {
    // The state of ports and sessions says nothing of what a switch has applied.
    const { lastHeartbeat: _, state: _state, ...rest } = (of['status'] ?? {}) as Record<string, unknown>;
    return rest;
  };
  return !before || before.generation !== generation || JSON.stringify(status(before.body)) !== JSON.stringify(status(body));
}

async function waitingFor(tx: EntityManager, fabricId: string, names: readonly string[]): Promise<ObjectSet> {
  if (names.length === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx, 'select kind, name from resource where fabric_id = $1 and (desired_hash is not null or gone_hash is not null) and (waiting_for && $2::text[] or (switches <> \'converged\' and concerned && $2::text[]))', [fabricId, names]));
}

async function concernedBy(tx: EntityManager, fabricId: string, names: readonly string[]): Promise<ObjectSet> {
  if (names.length === 0) return new ObjectSet();
  return new ObjectSet(await rowsOf<ObjectRef>(tx, 'select kind, name from resource where fabric_id = $1 and (desired_hash is not null or gone_hash is not null) and (concerned && $2::text[] or waiting_for && $2::text[])', [fabricId, names]));
}
