import type { FieldChange, Page, ResourceDetail, ResourceView } from '@heddle/contracts';
import type { resourceGet, resourceList } from '@heddle/contracts';
import { diffNormalised, KINDS, type NormalisedObject } from '@heddle/hedgehog';
import { Database, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { StandingService } from '../convergence/standing.service.ts';
import { readFreshness, isTold, type Freshness } from '../fabrics/freshness.ts';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { findingsOf } from '../findings/findings.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { listResources } from './list-resources.ts';
import { readManifests } from './manifests.ts';
import { resourceConditions } from './resource-conditions.ts';
import { readHistory, readHops, readOpenDrift, readReferences } from './resource-parts.ts';
import { resourceView, SHOWN, type ShownRow } from './resource-view.ts';

/** What people ask of objects. */
@Injectable()
export class ResourceService {
  constructor(private readonly database: Database, private readonly standing: StandingService) {}

  async list({ fabric: reference, kind, state, text, conflict, limit, cursor }: z.output<typeof resourceList.request>): Promise<Page<ResourceView>> {
    const { manager } = this.database.dataSource;
    const fabric = await findFabric(manager, reference);
    const freshness = (await readFreshness(manager, [fabric])).get(fabric.id) as Freshness;
    const doubted = KINDS.map((each) => each.kind).filter((each) => !isTold(freshness, each));
    const rows = await listResources(manager, fabric.id, { kind, state, text, conflict }, { doubted, after: readCursor(cursor, 2), limit: limit + 1 });
    return pageOfRows(rows, limit, (row) => [row.kind, row.name], (row) => resourceView(row, freshness));
  }

  async get({ fabric: reference, kind, name }: z.output<typeof resourceGet.request>): Promise<ResourceDetail> {
    const { manager } = this.database.dataSource;
    const fabric = await findFabric(manager, reference);
    const [row] = await rowsOf<ShownRow>(manager, `select ${SHOWN} from resource r where r.fabric_id = $1 and r.kind = $2 and r.name = $3`, [fabric.id, kind, name]);
    if (!row) throw new NotFound({ code: 'STATE-015', message: `The fabric ${fabric.name} has no ${kind} ${name}.`, remedy: 'List the objects of the fabric; kinds are written as VPC, VPCAttachment.' });
    const freshness = (await readFreshness(manager, [fabric])).get(fabric.id) as Freshness;
    return { ...resourceView(row, freshness), ...await this.bodies(manager, row), ...await this.surroundings(manager, row), conditions: resourceConditions(row, freshness) };
  }

  private async bodies(tx: EntityManager, row: ShownRow): Promise<Pick<ResourceDetail, 'desired' | 'live' | 'base' | 'diff'>> {
    const manifests = await readManifests<NormalisedObject>(tx, row.fabricId, [row.desiredHash, row.desiredFullHash, row.liveHash, row.liveFullHash, row.baseHash]);
    const body = (hash: string | null): NormalisedObject | undefined => hash === null ? undefined : manifests.get(hash);
    const [desired, live, base] = [body(row.desiredHash), body(row.liveHash), body(row.baseHash)];
    const diff: FieldChange[] = row.desiredHash === null ? [] : diffNormalised(live, desired);
    return { desired: record(body(row.desiredFullHash) ?? desired), live: record(body(row.liveFullHash) ?? live), base: record(base), diff };
  }

  private async surroundings(tx: EntityManager, { fabricId, kind, name }: ShownRow): Promise<Pick<ResourceDetail, 'drift' | 'findings_list' | 'references' | 'referencedBy' | 'history' | 'hops' | 'agents'>> {
    return {
      drift: await readOpenDrift(tx, fabricId, { kind, name }), findings_list: await findingsOf(tx, fabricId, { kind, name }),
      ...await readReferences(tx, fabricId, { kind, name }), history: await readHistory(tx, fabricId, { kind, name }), hops: await readHops(tx, fabricId, { kind, name }), agents: await this.standing.standings(tx, fabricId, { kind, name }),
    };
  }
}

function record(object: NormalisedObject | undefined): Record<string, unknown> | null {
  return object ? { ...object } : null;
}
