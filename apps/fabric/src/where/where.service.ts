import type { WhereAnswer, WhereHit, whereFind } from '@heddle/contracts';
import { claimText, parseWhere } from '@heddle/hedgehog';
import { Database } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { findLeases, findVnis } from './cluster-numbers.ts';
import { claimsByRange, claimsByValue, type FoundClaim, objectsByName } from './found-claims.ts';

const MOST_HITS = 200;

/** Says where something stands, in one fabric or in all, by look-ups in indexes alone. */
@Injectable()
export class WhereService {
  constructor(private readonly database: Database) {}

  async find({ q, fabric }: z.output<typeof whereFind.request>): Promise<WhereAnswer> {
    const { manager } = this.database.dataSource;
    const query = parseWhere(q);
    const within = fabric === undefined ? null : (await findFabric(manager, fabric)).id;
    const limit = MOST_HITS + 1;
    const claims = [...await claimsByValue(manager, within, query, limit), ...await claimsByRange(manager, within, query, limit)];
    const named = query.sort === 'name' ? await objectsByName(manager, within, query.text, limit) : [];
    const leases = query.sort === 'address' || query.sort === 'mac' ? await findLeases(manager, within, query, limit) : [];
    const { hits: vnis, unknown } = await findVnis(manager, within, query);
    const hits = [...named, ...claims.toSorted(byWidth).map((each) => hitOf(each)), ...leases, ...vnis];
    return { sort: query.sort, text: query.text, hits: hits.slice(0, MOST_HITS), more: hits.length > MOST_HITS, unknown };
  }
}

/** Addresses first, then what holds them, the narrowest first; then by name. */
function byWidth(a: FoundClaim, b: FoundClaim): number {
  const width = ({ body }: FoundClaim): number => ('value' in body ? 0 : body.to - body.from + 1);
  const key = ({ fabric, kind, name }: FoundClaim): string => `${fabric} ${kind} ${name}`;
  return width(a) - width(b) || (key(a) < key(b) ? -1 : 1);
}

function hitOf({ body, ...found }: FoundClaim): WhereHit {
  const at = body.space.indexOf(':');
  return { ...found, field: body.field, what: at < 0 ? body.space : body.space.slice(0, at), scope: at < 0 ? null : body.space.slice(at + 1), value: claimText(body), note: null };
}
