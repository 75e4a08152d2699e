import type { WhereHit } from '@heddle/contracts';
import type { Claim, WhereQuery } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** A claim that was looked for, and the object that makes it. */
export interface FoundClaim extends Pick<WhereHit, 'fabricId' | 'fabric' | 'kind' | 'name' | 'state' | 'path' | 'line'> { body: Claim }

const OBJECT = 'f.id as "fabricId", f.name as fabric, o.kind, o.name, r.state, r.path, r.line';

/** Of a claim, limited before its object is looked up. */
const found = (where: string): string =>
  `select ${OBJECT}, o.body from (select c.* from claim c where ($1::uuid is null or c.fabric_id = $1::uuid) and ${where}) o
   join fabric f on f.id = o.fabric_id left join resource r on r.fabric_id = o.fabric_id and r.kind = o.kind and r.name = o.name`;

/** Claims of just this value; for a port or device also the ports below it. */
export async function claimsByValue(tx: EntityManager, fabricId: string | null, { text, values, portsOf }: WhereQuery, limit: number): Promise<FoundClaim[]> {
  const exact = values.length === 0 ? [] : await rowsOf<FoundClaim>(tx, found(`c.value = $2 and split_part(c.space, ':', 1) = any($3::text[]) limit $4`), [fabricId, text, values, limit]);
  if (portsOf === undefined) return exact;
  // The character after '/' is '0': all that begins so lies between the two.
  const below = await rowsOf<FoundClaim>(tx, found(`c.value ~>=~ $2 and c.value ~<~ $3 and c.space = 'port' limit $4`), [fabricId, portsOf, `${portsOf.slice(0, -1)}0`, limit]);
  return [...exact, ...below];
}

/** Claims whose range has something in common with the one looked for; a range's height in the index is the hash of its space. */
export async function claimsByRange(tx: EntityManager, fabricId: string | null, { ranges }: WhereQuery, limit: number): Promise<FoundClaim[]> {
  if (!ranges) return [];
  return rowsOf<FoundClaim>(tx, found(
    `c.area && box(point($2::float8, -2147483648), point($3::float8, 2147483647)) and split_part(c.space, ':', 1) = any($4::text[]) limit $5`),
  [fabricId, ranges.first, ranges.last, ranges.sorts, limit]);
}

/** Objects of this name, of any kind. */
export async function objectsByName(tx: EntityManager, fabricId: string | null, name: string, limit: number): Promise<WhereHit[]> {
  return rowsOf<WhereHit>(tx,
    `select f.id as "fabricId", f.name as fabric, r.kind, r.name, null as field, 'object' as what, r.name as value, null as scope, r.state, r.path, r.line, null as note
     from resource r join fabric f on f.id = r.fabric_id where r.name = $2 and ($1::uuid is null or r.fabric_id = $1::uuid) and r.state <> 'deleted' order by f.name, r.kind limit $3`,
    [fabricId, name, limit]);
}
