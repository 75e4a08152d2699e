import type { DriftView, OperationView, Page } from '@heddle/contracts';
import type { driftList } from '@heddle/contracts';
import { AuditTrail, Database, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { operationView } from '../operations/operation-view.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { DRIFT_COLUMNS, type DriftRow, driftView } from './drift-store.ts';
import { RevertService } from './revert.service.ts';

/** What people ask of drifts. */
@Injectable()
export class DriftService {
  constructor(private readonly database: Database, private readonly reverts: RevertService, private readonly audit: AuditTrail) {}

  async list({ fabric: reference, state, kind, limit, cursor }: z.output<typeof driftList.request>): Promise<Page<DriftView>> {
    const { manager } = this.database.dataSource;
    const [at, id] = readCursor(cursor, 2);
    const fabricId = reference === undefined ? null : (await findFabric(manager, reference)).id;
    const rows = await rowsOf<DriftRow>(manager,
      `select ${DRIFT_COLUMNS} from drift d where ($1::uuid is null or d.fabric_id = $1) and ($2::text is null or d.state = $2) and ($3::text is null or d.kind = $3)
         and ($4::timestamptz is null or d.detected_at < $4 or (d.detected_at = $4 and d.id > $5::uuid))
       order by d.detected_at desc, d.id limit $6`, [fabricId, state ?? null, kind ?? null, at, id, limit + 1]);
    return pageOfRows(rows, limit, (row) => [row.detectedAt.toISOString(), row.id], driftView);
  }

  async revert(driftId: string): Promise<OperationView> {
    return this.database.transaction(async (tx) => {
      const { fabric, operation, drift } = await this.reverts.revert(tx, driftId);
      await this.audit.append(tx, { action: 'drift.revert', subject: `fabric/${fabric.name}/${drift.kind}/${drift.name}`, outcome: 'done', details: { driftId, operationId: operation.id } });
      return operationView(tx, operation);
    });
  }
}
