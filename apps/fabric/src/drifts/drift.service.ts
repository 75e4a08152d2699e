import type { DriftView, JudgedDrifts, OperationView, Page, VerdictEntry } from '@heddle/contracts';
import type { driftJudge, driftList, driftRevert, driftSnooze, verdictList } from '@heddle/contracts';
import { Database, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { z } from 'zod';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { OperationEntity } from '../operations/operation.entity.ts';
import { operationView } from '../operations/operation-view.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { driftPolicyOf } from './drift-policy.ts';
import { DRIFT_COLUMNS, type DriftRow, driftView, listedDrifts } from './drift-store.ts';
import { VerdictService } from './verdict.service.ts';
import { readVerdicts, verdictView } from './verdict-store.ts';

/** What people ask of drifts. */
@Injectable()
export class DriftService {
  constructor(private readonly database: Database, private readonly verdicts: VerdictService) {}

  async list({ fabric: reference, state, limit, cursor, ...filter }: z.output<typeof driftList.request>): Promise<Page<DriftView>> {
    const { manager } = this.database.dataSource;
    const [at, id] = readCursor(cursor, 2);
    const fabricId = reference === undefined ? null : (await findFabric(manager, reference)).id;
    const rows = await listedDrifts(manager, { fabricId, states: state ? [state] : null, filter, after: at && id ? { at, id } : null, limit: limit + 1 });
    const view = await viewsOf(manager, rows);
    return pageOfRows(rows, limit, (row) => [row.detectedAt.toISOString(), row.id], view);
  }

  /** @throws NotFound STATE-012 */
  async get(driftId: string): Promise<DriftView> {
    const { manager } = this.database.dataSource;
    const rows = await rowsOf<DriftRow>(manager, `select ${DRIFT_COLUMNS} from drift d where d.id = $1`, [driftId]);
    if (!rows[0]) throw new NotFound({ code: 'STATE-012', message: `There is no drift ${driftId}.`, remedy: 'List the drifts of the fabric.' });
    return (await viewsOf(manager, rows))(rows[0]);
  }

  async revert({ driftId, reason }: z.output<typeof driftRevert.request>): Promise<OperationView> {
    const { operationId } = await this.verdicts.judgeOne(driftId, { verdict: 'revert', reason });
    const { manager } = this.database.dataSource;
    return operationView(manager, await manager.getRepository(OperationEntity).findOneByOrFail({ id: operationId as string }));
  }

  async snooze({ driftId, until, reason }: z.output<typeof driftSnooze.request>): Promise<DriftView> {
    await this.verdicts.judgeOne(driftId, { verdict: 'snooze', until, reason });
    return this.get(driftId);
  }

  async adopt(driftId: string): Promise<DriftView> {
    await this.verdicts.judgeOne(driftId, { verdict: 'adopt' });
    return this.get(driftId);
  }

  judge(request: z.output<typeof driftJudge.request>): Promise<JudgedDrifts> {
    return this.verdicts.judge(request);
  }

  async history({ fabric: reference, driftId, kind, name, limit, cursor }: z.output<typeof verdictList.request>): Promise<Page<VerdictEntry>> {
    const { manager } = this.database.dataSource;
    const [before] = readCursor(cursor, 1);
    const fabricId = reference === undefined ? null : (await findFabric(manager, reference)).id;
    const rows = await readVerdicts(manager, { fabricId, driftId: driftId ?? null, kind: kind ?? null, name: name ?? null, before: before && /^\d{1,18}$/.test(before) ? before : null, limit: limit + 1 });
    return pageOfRows(rows, limit, ({ id }) => [id], verdictView);
  }
}

async function viewsOf(tx: EntityManager, rows: readonly DriftRow[]): Promise<(row: DriftRow) => DriftView> {
  const fabrics = new Map((await tx.getRepository(FabricEntity).findBy({ id: In([...new Set(rows.map(({ fabricId }) => fabricId))]) })).map((fabric) => [fabric.id, fabric]));
  return (row) => {
    const fabric = fabrics.get(row.fabricId);
    return driftView(row, fabric && driftPolicyOf(fabric, row.kind));
  };
}
