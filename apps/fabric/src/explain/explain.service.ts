import type { Explanation, ObjectRef } from '@heddle/contracts';
import { Clock, Database, Invalid, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { fabricViews } from '../fabrics/fabric-view.ts';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { ABOUT_GIT, findingsOf } from '../findings/findings.ts';
import { waitReader } from '../operations/wait-facts.ts';
import { readTotals } from '../resources/tally.ts';
import { explainFabric, type FabricWideFacts } from './explain-fabric.ts';
import { explainObject } from './explain-object.ts';
import { countWithheld, readAwaitedAgents, readDrift, readFabricFacts, readLaggingAgents, readLastStep, readObject, readOpenObjects, readWithheld } from './read-facts.ts';

/** Why something is not done: gathers the facts, and has them explained. */
@Injectable()
export class ExplainService {
  constructor(private readonly database: Database, private readonly clock: Clock) {}

  /** @throws Invalid VAL-003 for a kind without a name, NotFound STATE-015 for an object that neither Git nor the cluster has */
  async explain({ fabric: reference, kind, name }: { fabric: string; kind?: string | undefined; name?: string | undefined }): Promise<Explanation> {
    const { manager } = this.database.dataSource;
    const fabric = await findFabric(manager, reference);
    if (kind === undefined && name === undefined) return this.ofFabric(manager, fabric);
    if (kind === undefined || name === undefined) throw new Invalid({ code: 'VAL-003', message: 'An object is named by its kind and its name; one of them is missing.', remedy: 'Name both, as in VPC/web, or neither for the fabric as a whole.' });
    return this.ofObject(manager, fabric, { kind, name });
  }

  private async ofObject(tx: EntityManager, fabric: FabricEntity, ref: ObjectRef): Promise<Explanation> {
    const object = await readObject(tx, fabric.id, ref);
    const waitFacts = waitReader(tx);
    const facts = await readFabricFacts(tx, fabric, [ref.kind], this.clock.now(), waitFacts);
    if (!object) throw missing(fabric, ref, facts.unreadable);
    return explainObject({
      ...facts, object, findings: await findingsOf(tx, fabric.id, ref), drift: await readDrift(tx, fabric.id, ref), withheld: await readWithheld(tx, fabric, ref),
      step: await readLastStep(tx, fabric.id, ref, waitFacts), agents: await readAwaitedAgents(tx, fabric.id, object, facts.now),
    });
  }

  private async ofFabric(tx: EntityManager, fabric: FabricEntity): Promise<Explanation> {
    const [view] = await fabricViews(tx, [fabric]);
    const { kinds } = await readTotals(tx, fabric.id);
    const facts = await readFabricFacts(tx, fabric, kinds, this.clock.now(), waitReader(tx));
    return explainFabric({
      ...facts, conditions: view!.conditions, agents: await readLaggingAgents(tx, fabric.id, facts.now), objects: await readOpenObjects(tx, fabric.id),
      withheld: await countWithheld(tx, fabric), error: await firstError(tx, fabric.id),
    });
  }
}

function missing(fabric: FabricEntity, { kind, name }: ObjectRef, unreadable: number): NotFound {
  const hidden = unreadable > 0 ? ` ${unreadable} document(s) can't be read and may hold it: heddle findings ${fabric.name}` : '';
  return new NotFound({ code: 'STATE-015', message: `Neither Git nor the cluster of fabric ${fabric.name} has a ${kind} ${name}.${hidden}`, remedy: 'List the objects of the fabric; kinds are written as VPC, VPCAttachment.' });
}

async function firstError(tx: EntityManager, fabricId: string): Promise<FabricWideFacts['error']> {
  const [row] = await rowsOf<NonNullable<FabricWideFacts['error']>>(tx,
    `select message, remedy, rule, coalesce(path || coalesce(':' || line, ''), kind || ' ' || name, 'the fabric') as "where" from finding where fabric_id = $1 and severity = 'error' and ${ABOUT_GIT} order by id limit 1`, [fabricId]);
  return row ?? null;
}
