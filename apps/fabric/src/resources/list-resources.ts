import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { containing } from '../paging/containing.ts';
import { leavesFew } from '../paging/leaves-few.ts';
import { Parameters } from '../paging/parameters.ts';
import { SHOWN, type ShownRow } from './resource-view.ts';

export interface ResourceFilter {
  kind: string | undefined;
  state: string | undefined;
  /** Part of the name, any case. */
  text: string | undefined;
  conflict: boolean | undefined;
}

/**
 * A page of objects by kind and name: first the keys, then what is shown of them.
 * @param doubted of these kinds synced objects are shown as applied
 */
export async function listResources(
  tx: EntityManager, fabricId: string, { kind, state, text, conflict }: ResourceFilter, { doubted, after: [afterKind, afterName], limit }: { doubted: readonly string[]; after: readonly (string | null | undefined)[]; limit: number },
): Promise<ShownRow[]> {
  const given = new Parameters();
  const fabric = given.of(fabricId);
  const where = [`r.fabric_id = ${fabric}`, ...(kind === undefined ? [] : [`r.kind = ${given.of(kind)}`]), ...(text === undefined ? [] : [`r.name ilike ${given.of(containing(text))}`])].join(' and ');
  const few = text !== undefined && await leavesFew(tx, 'resource r', where, given.values);
  const after = afterKind && afterName ? `and (r.kind, r.name) > (${given.of(afterKind)}, ${given.of(afterName)})` : '';
  const most = given.of(limit);
  const pages = shownAs(state, doubted, fabric, given).map((states) =>
    `(select r.kind, r.name from ${few ? 'found' : 'resource'} r where ${few ? '' : `${where} and `}${states} ${after} ${inConflict(conflict, fabric)} order by r.kind, r.name limit ${most})`);
  return rowsOf<ShownRow>(tx,
    `with ${few ? `found as materialized (select r.kind, r.name, r.state from resource r where ${where}), ` : ''}page as materialized (${pages.join(' union all ')})
     select ${SHOWN} from page join resource r on r.fabric_id = ${fabric} and r.kind = page.kind and r.name = page.name order by r.kind, r.name limit ${most}`, given.values);
}

/**
 * Which rows are shown in a state, each set in the order of the list. On stale knowledge a synced object is shown as
 * applied: the filter has to follow what is shown.
 */
function shownAs(state: string | undefined, doubted: readonly string[], fabric: string, given: Parameters): string[] {
  if (state === undefined) return [`r.state <> 'deleted'`];
  if (doubted.length === 0 || (state !== 'applied' && state !== 'synced')) return [`r.state = ${given.of(state)}`];
  const synced = (those: string): string => `r.state = 'synced' and r.kind = any(array(
    select distinct t.kind from resource_tally t where t.fabric_id = ${fabric} and t.state = 'synced' and t.objects > 0 and t.kind ${those}(${given.of(doubted, 'text[]')})))`;
  return state === 'synced' ? [synced('<> all')] : [`r.state = 'applied'`, synced('= any')];
}

/** A clause of its own: so the few conflicts are found by their index, not by a look at every object. */
function inConflict(conflict: boolean | undefined, fabric: string): string {
  if (conflict === undefined) return '';
  return `and (r.kind, r.name) ${conflict ? 'in' : 'not in'} (select d.kind, d.name from drift d where d.fabric_id = ${fabric} and d.conflict and d.state <> 'resolved')`;
}
