import { type Finding, findingList, type Page } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Database, rowsOf } from '@heddle/platform';
import { Controller, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { findingOf, SHOWN_COLUMNS } from './findings.ts';

/** What people ask of findings. */
@Injectable()
export class FindingService {
  constructor(private readonly database: Database) {}

  async list({ fabric: reference, severity, source, limit, cursor }: z.output<typeof findingList.request>): Promise<Page<Finding>> {
    const { manager } = this.database.dataSource;
    const [after] = readCursor(cursor, 1);
    const rows = await rowsOf<Record<string, unknown> & { id: string }>(manager,
      `select id, ${SHOWN_COLUMNS} from finding
       where fabric_id = $1 and ($2::text is null or severity = $2) and ($3::bigint is null or id > $3::bigint) and ($5::text is null or source = $5) order by id limit $4`,
      [(await findFabric(manager, reference)).id, severity ?? null, after === null || after === undefined || !/^\d{1,18}$/.test(after) ? null : after, limit + 1, source ?? null]);
    return pageOfRows(rows, limit, ({ id }) => [id], ({ id: _, ...row }) => findingOf(row));
  }
}

@Controller()
export class FindingHandlers {
  constructor(private readonly findings: FindingService) {}

  @OnRequest(findingList)
  list(request: z.output<typeof findingList.request>) {
    return this.findings.list(request);
  }
}
