import type { diffList, ObjectDiff, Page } from '@heddle/contracts';
import { diffNormalised, type NormalisedObject } from '@heddle/hedgehog';
import { Database, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { readManifests } from './manifests.ts';

interface Differing { kind: string; name: string; desiredHash: string | null; liveHash: string | null; drifted: boolean; conflict: boolean }

/** What differs between Git and the cluster, by the index of differing objects: a page costs the page. */
@Injectable()
export class DiffService {
  constructor(private readonly database: Database) {}

  async list({ fabric: reference, kind, name, limit, cursor }: z.output<typeof diffList.request>): Promise<Page<ObjectDiff>> {
    const { manager } = this.database.dataSource;
    const fabric = await findFabric(manager, reference);
    const [afterKind, afterName] = readCursor(cursor, 2);
    const rows = await rowsOf<Differing>(manager,
      `select r.kind, r.name, r.desired_hash as "desiredHash", r.live_hash as "liveHash", d.id is not null as drifted, coalesce(d.conflict, false) as conflict
       from resource r left join drift d on d.fabric_id = r.fabric_id and d.kind = r.kind and d.name = r.name and d.state <> 'resolved'
       where r.fabric_id = $1 and (r.desired_hash is distinct from r.live_hash or r.desired_hash is distinct from r.base_hash) and r.desired_hash is distinct from r.live_hash
         and (r.desired_hash is not null or r.base_hash is not null)
         and ($2::text is null or r.kind = $2) and ($3::text is null or r.name = $3) and ($4::text is null or (r.kind, r.name) > ($4, $5))
       order by r.kind, r.name limit $6`, [fabric.id, kind ?? null, name ?? null, afterKind, afterName, limit + 1]);
    const bodies = await readManifests<NormalisedObject>(manager, fabric.id, rows.flatMap(({ desiredHash, liveHash }) => [desiredHash, liveHash]));
    return pageOfRows(rows, limit, (row) => [row.kind, row.name], ({ desiredHash, liveHash, ...row }): ObjectDiff => ({
      ...row, action: desiredHash === null ? 'delete' : liveHash === null ? 'create' : 'update',
      changes: diffNormalised(bodies.get(liveHash ?? ''), bodies.get(desiredHash ?? '')),
    }));
  }
}
