import type { FieldManager, ObjectRef } from '@heddle/contracts';
import { Clock, Conflict, Database, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConvergenceService } from '../convergence/convergence.service.ts';
import { SyncStates } from '../fabrics/change-sync.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { ValidationService } from '../findings/validation.service.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { compareAgain, type NewHashes, type OldHashes } from './compare-again.ts';
import { asksForManagers, comparisonKey, manifestsOf, wayOf } from './comparison.ts';
import { readManagers } from './live-managers.ts';
import { readManifests, storeManifests } from './manifests.ts';
import { ObjectSet } from './object-ref.ts';
import { ReviewService } from './review.service.ts';

/** Objects that are compared anew in one transaction. */
const CHUNK = 500;

/**
 * Keeps all hashes of a fabric made in one way. When the normaliser, the fabric's release or its ignore rules change,
 * the stored objects are compared anew, in chunks; the hashes of one object are always made in one way, so that in the
 * meantime no object looks different that is not. No plan is made until all are done.
 */
@Injectable()
export class ComparisonService {
  constructor(
    private readonly database: Database, private readonly clock: Clock, private readonly validation: ValidationService, private readonly convergence: ConvergenceService,
    private readonly review: ReviewService, private readonly sync: SyncStates, private readonly queue: PlanQueue,
  ) {}

  /** Goes on with every fabric that has objects to compare anew. */
  async catchUp(): Promise<void> {
    const fabrics = await this.database.dataSource.getRepository(FabricEntity).find({ select: { id: true, release: true, ignoreRules: true, comparison: true } });
    for (const { id } of fabrics.filter(isBehind)) while (await this.database.transaction((tx) => this.goOn(tx, id)));
  }

  /** The first chunk, at once; most fabrics have no more. The fabric is locked by the caller. */
  async begin(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    if (await this.chunk(tx, fabric)) this.queue.wakeAfter(tx);
  }

  /** These objects, whatever their hashes were made by: where rules ask who wrote a field, another hand changes what they say. */
  async again(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<void> {
    if (keys.size > 0) await this.compare(tx, fabric, await readOld(tx, fabric.id, keys));
  }

  /** What of these has hashes of before is compared anew: the hashes of one object are all made in one way. */
  async ensure(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<void> {
    if (keys.size === 0) return;
    await this.compare(tx, fabric, (await readOld(tx, fabric.id, keys)).filter(({ comparison }) => comparison !== comparisonKey(fabric)));
  }

  private async goOn(tx: EntityManager, fabricId: string): Promise<boolean> {
    const fabric = await lockFabric(tx, fabricId);
    return fabric !== null && isBehind(fabric) && this.chunk(tx, fabric);
  }

  /** @returns whether there may be more */
  private async chunk(tx: EntityManager, fabric: FabricEntity): Promise<boolean> {
    const stale = await readStale(tx, fabric.id, comparisonKey(fabric));
    const keys = new ObjectSet(stale);
    const changed = await this.compare(tx, fabric, stale);
    if (stale.length > 0) {
      const touched = new ObjectSet(keys.list()).add((await this.convergence.assessAround(tx, fabric, changed)).list());
      await this.review.review(tx, fabric, touched, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
    }
    if (stale.length === CHUNK) return true;
    fabric.comparison = comparisonKey(fabric);
    await tx.update(FabricEntity, fabric.id, { comparison: fabric.comparison });
    await this.sync.refresh(tx, fabric);
    await this.queue.wantAutomatic(tx, fabric);
    return false;
  }

  /** @returns the objects that are compared by another content now */
  private async compare(tx: EntityManager, fabric: FabricEntity, rows: readonly OldHashes[]): Promise<ObjectSet> {
    if (rows.length === 0) return new ObjectSet();
    const bodies = await readManifests(tx, fabric.id, rows.flatMap(({ rawHash, desiredHash, desiredFullHash, liveHash, liveFullHash, baseHash }) => [rawHash, desiredHash, desiredFullHash, liveHash, liveFullHash, baseHash]));
    const managers = asksForManagers(fabric) ? await readManagers(tx, fabric.id, new ObjectSet(rows)) : new Map<string, FieldManager[]>();
    const results = rows.map((old) => ({ old, now: compareAgain(old, bodies, fabric, managers.get(`${old.kind}/${old.name}`) ?? []) }));
    await storeManifests(tx, fabric.id, results.flatMap(({ now: { desired, live, base } }) => [desired, live, base].flatMap((each) => each ? manifestsOf(each) : [])));
    await writeNew(tx, fabric.id, results);
    const changed = results.filter(({ old, now }) => old.desiredHash !== (now.desired?.hash ?? null) || old.liveHash !== (now.live?.hash ?? null) || old.baseHash !== (now.base?.hash ?? null));
    if (changed.length > 0) {
      // Plans from before were made of other hashes.
      fabric.desiredVersion += 1;
      await tx.update(FabricEntity, fabric.id, { desiredVersion: fabric.desiredVersion });
    }
    const otherwise = results.filter(({ old, now }) => isJudgedOtherwise(old.comparison, now.comparison));
    await this.validation.indexAndValidate(tx, fabric.id, otherwise.map(({ now: { kind, name, desired, live } }) => ({ kind, name, object: (desired ?? live)?.full ?? null })));
    return new ObjectSet(changed.map(({ now }) => now));
  }
}

/** Some rows of the fabric may still be compared as before. */
export function isBehind(fabric: Pick<FabricEntity, 'release' | 'ignoreRules' | 'comparison'>): boolean {
  // A newer Heddle that runs beside this one has its own way; to bring its rows back would be a fight.
  return fabric.comparison !== comparisonKey(fabric) && wayOf(fabric.comparison).normaliser <= wayOf(comparisonKey(fabric)).normaliser;
}

/** @throws Conflict STATE-022 while objects are compared anew: a plan would mix two ways */
export function assertCompared(fabric: FabricEntity): void {
  if (!isBehind(fabric)) return;
  throw new Conflict({
    code: 'STATE-022', message: `The objects of fabric ${fabric.name} are being compared anew: its release or its ignore rules were changed, or Heddle was upgraded.`,
    remedy: 'Try again in a moment.', retryAfterSeconds: 2,
  });
}

/** Findings hang on the normal form and on the release, not on what is ignored. */
function isJudgedOtherwise(before: string, now: string): boolean {
  return JSON.stringify(wayOf(before)) !== JSON.stringify(wayOf(now));
}

const OLD = `r.kind, r.name, r.raw_hash as "rawHash", r.desired_hash as "desiredHash", r.desired_full_hash as "desiredFullHash", r.live_hash as "liveHash", r.live_full_hash as "liveFullHash", r.base_hash as "baseHash", r.comparison`;

async function readStale(tx: EntityManager, fabricId: string, key: string): Promise<OldHashes[]> {
  return rowsOf<OldHashes>(tx, `select ${OLD} from resource r where r.fabric_id = $1 and r.comparison <> $2 order by r.kind, r.name limit ${CHUNK}`, [fabricId, key]);
}

async function readOld(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<OldHashes[]> {
  return rowsOf<OldHashes>(tx, `select ${OLD} from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name where r.fabric_id = $1 order by r.kind, r.name`, [fabricId, keys.json()]);
}

/** What steps that are on their way will have written, and what a failure is remembered for, goes by its new name too. */
async function writeNew(tx: EntityManager, fabricId: string, results: readonly { old: OldHashes; now: NewHashes }[]): Promise<void> {
  const rows = results.map(({ old, now: { desired, live, base, ...now } }) => ({
    kind: now.kind, name: now.name, comparison: now.comparison, normaliser: wayOf(now.comparison).normaliser, old: old.desiredHash,
    desired: desired?.hash ?? null, desired_full: desired?.fullHash ?? null, live: live?.hash ?? null, live_full: live?.fullHash ?? null, base: base?.hash ?? null,
  } satisfies ObjectRef & Record<string, unknown>));
  const given = `jsonb_to_recordset($2::jsonb) as t(kind text, name text, comparison text, normaliser int, old text, desired text, desired_full text, live text, live_full text, base text)`;
  await tx.query(
    `update resource r set desired_hash = t.desired, desired_full_hash = t.desired_full, live_hash = t.live, live_full_hash = t.live_full, base_hash = t.base, comparison = t.comparison,
       normaliser = case when t.desired is null then r.normaliser else t.normaliser end,
       failure = case when r.failure->>'desiredHash' = t.old then jsonb_set(r.failure, '{desiredHash}', to_jsonb(t.desired)) else r.failure end
     from ${given} where r.fabric_id = $1 and r.kind = t.kind and r.name = t.name`, [fabricId, JSON.stringify(rows)]);
  await tx.query(
    `update step s set desired_hash = t.desired from ${given}
     where s.fabric_id = $1 and s.kind = t.kind and s.name = t.name and s.desired_hash = t.old and s.desired_hash <> t.desired and s.state not in ('done', 'stalled', 'not_started')`, [fabricId, JSON.stringify(rows)]);
}
