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

export interface ResourcePage {
  /** Of these kinds synced objects are shown as applied. */
  doubted: readonly string[];
  /** Kind and name of the last one of the page before. */
  after: readonly (string | null | undefined)[];
  limit: number;
}

/** A page of objects by kind and name: first the keys, then what is shown of them. */
export async function listResources(tx: EntityManager, fabricId: string, filter: ResourceFilter, page: ResourcePage): Promise<ShownRow[]> {
  return hasTrigram(filter.text) ? tx.transaction((inner) => pageOf(inner, fabricId, filter, page)) : pageOf(tx, fabricId, filter, page);
}

async function pageOf(tx: EntityManager, fabricId: string, { kind, state, text, conflict }: ResourceFilter, { doubted, after: [afterKind, afterName], limit }: ResourcePage): Promise<ShownRow[]> {
  const given = new Parameters();
  const fabric = given.of(fabricId);
  const where = [`r.fabric_id = ${fabric}`, ...(kind === undefined ? [] : [`r.kind = ${given.of(kind)}`]), ...(text === undefined ? [] : [`r.name ilike ${given.of(containing(text))}`])].join(' and ');
  const few = hasTrigram(text) && await leavesFewNames(tx, where, given.values);
  const after = afterKind && afterName ? `and (r.kind, r.name) > (${given.of(afterKind)}, ${given.of(afterName)})` : '';
  const most = given.of(limit);
  const pages = shownAs(state, doubted, fabric, given).map((states) =>
    `(select r.kind, r.name from ${few ? 'found' : 'resource'} r where ${few ? '' : `${where} and `}${states} ${after} ${inConflict(conflict, fabric)} order by r.kind, r.name limit ${most})`);
  return rowsOf<ShownRow>(tx,
    `with ${few ? `found as materialized (select r.kind, r.name, r.state from resource r where ${where}), ` : ''}page as materialized (${pages.join(' union all ')})
     select ${SHOWN} from page join resource r on r.fabric_id = ${fabric} and r.kind = page.kind and r.name = page.name order by r.kind, r.name limit ${most}`, given.values);
}

/** What an index of parts of names looks up: three letters, or two at the end of a word. What has less is looked for in each name. */
const TRIGRAM = /[a-z0-9]{3}|[a-z0-9]{2}[^a-z0-9]|[^a-z0-9][a-z0-9]{2}/i;

function hasTrigram(text: string | undefined): boolean {
  return text !== undefined && TRIGRAM.test(text);
}

/**
 * {@link leavesFew}, by the index of parts of names; what follows in the transaction keeps to it where it does. The planner
 * takes kinds and names for independent, and would look for the `mclag-` of connections in the names of all VPCs.
 */
async function leavesFewNames(tx: EntityManager, where: string, parameters: readonly unknown[]): Promise<boolean> {
  await preferBitmaps(tx, true);
  const few = await leavesFew(tx, 'resource r', where, parameters);
  if (!few) await preferBitmaps(tx, false);
  return few;
}

async function preferBitmaps(tx: EntityManager, alone: boolean): Promise<void> {
  const others = alone ? 'off' : 'on';
  await tx.query(`select set_config('enable_seqscan', $1, true), set_config('enable_indexscan', $1, true), set_config('enable_indexonlyscan', $1, true)`, [others]);
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
