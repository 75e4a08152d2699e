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
import { containing } from '../paging/containing.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
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
    const [afterKind, afterName] = readCursor(cursor, 2);
    const { states, doubted } = statesShownAs(state, freshness);
    const rows = await rowsOf<ShownRow>(manager,
      `select ${SHOWN} from resource r where r.fabric_id = $1
         and ($2::text is null or r.kind = $2) and ($3::text[] is null or r.state = any($3)) and ($4::text is null or r.name ilike $4)
         and ($5::text is null or (r.kind, r.name) > ($5, $6))
         and ($7::text is null or (case when r.state = 'synced' and r.kind = any($8::text[]) then 'applied' else r.state end) = $7)
         and ($7::text is not null or r.state <> 'deleted')
         ${inConflict(conflict)}
       order by r.kind, r.name limit $9`,
      [fabric.id, kind ?? null, states, containing(text), afterKind, afterName, state ?? null, doubted, limit + 1]);
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

/** A clause of its own: so the few conflicts are found by their index, not by a look at every object. */
function inConflict(conflict: boolean | undefined): string {
  if (conflict === undefined) return '';
  return `and (r.kind, r.name) ${conflict ? 'in' : 'not in'} (select d.kind, d.name from drift d where d.fabric_id = $1 and d.conflict and d.state <> 'resolved')`;
}

/** On stale knowledge a synced object is shown as applied: the filter has to follow what is shown. */
function statesShownAs(state: string | undefined, freshness: Freshness): { states: string[] | null; doubted: string[] } {
  const doubted = KINDS.map(({ kind }) => kind).filter((kind) => !isTold(freshness, kind));
  if (state === undefined) return { states: null, doubted };
  // Two states can't be read in the order of the list: only where synced ones are shown as applied.
  return { states: state === 'applied' && doubted.length > 0 ? ['applied', 'synced'] : [state], doubted };
}

function record(object: NormalisedObject | undefined): Record<string, unknown> | null {
  return object ? { ...object } : null;
}
