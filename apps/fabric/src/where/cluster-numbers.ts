import type { WhereHit } from '@heddle/contracts';
import type { JsonObject, WhereQuery } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

interface Found { fabricId: string; fabric: string; name: string; body: JsonObject }

const NOWHERE = { scope: null, state: null, path: null, line: null };

/** What the DHCP server has given out: by address or MAC address. */
export async function findLeases(tx: EntityManager, fabricId: string | null, { sort, text }: WhereQuery, limit: number): Promise<WhereHit[]> {
  const condition = sort === 'mac' ? `a.body -> 'status' -> 'allocated' ? $2` : `a.body -> 'status' -> 'allocated' @? ('$.*.ip ? (@ == ' || to_json($2::text)::text || ')')::jsonpath`;
  const rows = await rowsOf<Found>(tx,
    `select f.id as "fabricId", f.name as fabric, a.name, a.body from agent a join fabric f on f.id = a.fabric_id
     where a.kind = 'DHCPSubnet' and ${condition} and ($1::uuid is null or a.fabric_id = $1::uuid) order by f.name, a.name limit $3`, [fabricId, text, limit]);
  return rows.flatMap(({ body, ...found }) => leasesIn(body).filter(({ mac, ip }) => (sort === 'mac' ? mac : ip) === text).map(({ mac, ip, note }): WhereHit =>
    ({ ...NOWHERE, fabricId: found.fabricId, fabric: found.fabric, kind: 'DHCPSubnet', name: found.name, field: `status.allocated[${mac}]`, what: 'lease', value: `${ip} ${mac}`, note })));
}

function leasesIn(body: JsonObject): { mac: string; ip: string; note: string | null }[] {
  const status = body['status'] as { allocated?: Record<string, { ip?: string; hostname?: string; expiry?: string } | null> } | undefined;
  return Object.entries(status?.allocated ?? {}).map(([mac, lease]) => ({
    mac, ip: lease?.ip ?? '', note: [lease?.hostname && `host ${lease.hostname}`, lease?.expiry && `until ${lease.expiry}`].filter(Boolean).join(', ') || null,
  }));
}

/** VNIs as Hedgehog's Catalog gives them out; where none was seen, nobody can say. */
export async function findVnis(tx: EntityManager, fabricId: string | null, { sort, vni }: WhereQuery): Promise<{ hits: WhereHit[]; unknown: string[] }> {
  if (vni === undefined) return { hits: [], unknown: [] };
  const rows = await rowsOf<Found>(tx,
    `select f.id as "fabricId", f.name as fabric, a.name, a.body from agent a join fabric f on f.id = a.fabric_id
     where a.kind = 'Catalog' and ($1::uuid is null or a.fabric_id = $1::uuid) order by f.name, a.name`, [fabricId]);
  const hits = rows.flatMap(({ body, ...found }) => vnisIn(body).filter((each) => each.vni === vni).map(({ vpc, field }): WhereHit =>
    ({ ...NOWHERE, fabricId: found.fabricId, fabric: found.fabric, kind: 'VPC', name: vpc, field, what: 'vni', value: String(vni), note: `as Catalog ${found.name} has it` })));
  if (sort !== 'vni') return { hits, unknown: [] };
  const silent = await rowsOf<{ name: string }>(tx,
    `select f.name from fabric f where ($1::uuid is null or f.id = $1::uuid) and not exists (select from agent a where a.fabric_id = f.id and a.kind = 'Catalog') order by 1 limit 20`, [fabricId]);
  return { hits, unknown: silent.map(({ name }) => `The VNIs of fabric ${name} are not known: no Catalog was seen in its cluster.`) };
}

function vnisIn(body: JsonObject): { vpc: string; field: string; vni: number }[] {
  const { vpcVNIs = {}, vpcSubnetVNIs = {} } = (body['spec'] ?? {}) as { vpcVNIs?: Record<string, number>; vpcSubnetVNIs?: Record<string, Record<string, number>> };
  return [
    ...Object.entries(vpcVNIs).map(([vpc, vni]) => ({ vpc, field: `spec.vpcVNIs[${vpc}]`, vni })),
    ...Object.entries(vpcSubnetVNIs).flatMap(([vpc, subnets]) => Object.entries(subnets).map(([subnet, vni]) => ({ vpc, field: `spec.vpcSubnetVNIs[${vpc}].${subnet}`, vni }))),
  ];
}
