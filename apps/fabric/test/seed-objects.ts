import type { DataSource, EntityManager } from 'typeorm';

const KINDS = `
  with n as (select i, i % 20 as turn, i / 20 as round from generate_series(0, $2::int - 1) i),
  o as (
    select case when turn < 9 then 'VPC' when turn < 18 then 'VPCAttachment' else 'Connection' end as kind,
      case when turn < 9 then 'v-' || (round * 9 + turn) when turn < 18 then 'at-' || (round * 9 + turn - 9) else 'c-' || (round * 2 + turn - 18) end as name,
      case when turn < 9 then round * 9 + turn when turn < 18 then round * 9 + turn - 9 else round * 2 + turn - 18 end as number, i
    from n)`;

const SPEC = `case kind
  when 'VPC' then jsonb_build_object('ipv4Namespace', 'default', 'vlanNamespace', 'default', 'subnets', jsonb_build_object('default', jsonb_build_object(
    'subnet', host('11.0.0.0'::inet + number * 256) || '/24', 'gateway', host('11.0.0.0'::inet + number * 256 + 1), 'vlan', number + 1)))
  when 'VPCAttachment' then jsonb_build_object('subnet', 'v-' || number || '/default', 'connection', 'c-' || number * 2 / 9)
  else jsonb_build_object('unbundled', jsonb_build_object('link', jsonb_build_object('server', jsonb_build_object('port', 's-' || number || '/e1'),
    'switch', jsonb_build_object('port', 'leaf-' || number % 50 || '/E1/' || number / 50)))) end`;

/** A connection that is set to fabric's schema. */
export interface Queries { query(sql: string, parameters?: unknown[]): Promise<unknown> }

/**
 * A fabric's rows as they are after a sync of so many objects, without the sync: per 20 objects nine VPCs, nine
 * attachments and two connections; every tenth is in another state than synced, every hundredth has a finding or a drift.
 */
export async function seedObjects(tx: Queries, fabricId: string, objects: number): Promise<void> {
  const seeded = (into: string, select: string): Promise<unknown> => tx.query(`insert into ${into} ${KINDS} select ${select}`, [fabricId, objects]);
  const version = `case kind when 'Connection' then 'wiring.githedgehog.com/v1beta1' else 'vpc.githedgehog.com/v1beta1' end`;
  await seeded('manifest (fabric_id, hash, body)', `$1::uuid, 'h-' || kind || number, jsonb_build_object('apiVersion', ${version}, 'kind', kind, 'metadata', jsonb_build_object('name', name, 'namespace', 'default'), 'spec', ${SPEC}) from o`);
  await seeded('resource (fabric_id, kind, name, state, since, path, document, line, raw_hash, desired_hash, live_hash, base_hash, managed, normaliser)',
    `$1::uuid, kind, name, coalesce((array['drifted', 'pending', 'failed'])[case when i % 10 = 0 then i / 10 % 3 + 1 end], 'synced'), now(), 'seed/' || name || '.yaml', 0, 1, 'h-' || kind || number, 'h-' || kind || number, 'h-' || kind || number, 'h-' || kind || number, true, 1 from o`);
  await seeded('reference (fabric_id, from_kind, from_name, field, to_kind, to_name, to_part)', `$1::uuid, kind, name, t.field, t.to_kind, t.to_name, t.to_part from o cross join lateral (values
      ('VPC', 'spec.ipv4Namespace', 'IPv4Namespace', 'default', null), ('VPC', 'spec.vlanNamespace', 'VLANNamespace', 'default', null),
      ('VPCAttachment', 'spec.subnet', 'VPC', 'v-' || number, 'default'), ('VPCAttachment', 'spec.connection', 'Connection', 'c-' || number * 2 / 9, null),
      ('Connection', 'spec.unbundled.link.server.port', 'Server', 's-' || number, 'e1'), ('Connection', 'spec.unbundled.link.switch.port', 'Switch', 'leaf-' || number % 50, 'E1/' || number / 50)
    ) t(of_kind, field, to_kind, to_name, to_part) where t.of_kind = kind`);
  await seeded('claim (fabric_id, space, value, area, kind, name, body)', `$1::uuid, t.space, t.value,
      case when t.value is null then box(point(184549376 + number * 256.0, hashtext($1::uuid::text || t.space)), point(184549376 + number * 256.0 + 255, hashtext($1::uuid::text || t.space))) end,
      kind, name, jsonb_strip_nulls(jsonb_build_object('space', t.space, 'field', t.field, 'value', t.value, 'from', case when t.value is null then 184549376 + number * 256 end,
        'to', case when t.value is null then 184549376 + number * 256 + 255 end, 'text', case when t.value is null then host('11.0.0.0'::inet + number * 256) || '/24' end))
    from o cross join lateral (values ('VPC', 'subnet:default', 'spec.subnets.default.subnet', null), ('VPC', 'vlan:default', 'spec.subnets.default.vlan', (number + 1)::text),
      ('VPCAttachment', 'attached-subnet:c-' || number * 2 / 9, 'spec.subnet', 'v-' || number || '/default'),
      ('Connection', 'port', 'spec.unbundled.link.switch.port', 'leaf-' || number % 50 || '/E1/' || number / 50)) t(of_kind, space, field, value) where t.of_kind = kind`);
  await seeded('finding (fabric_id, source, rule, severity, message, remedy, kind, name)', `$1::uuid, 'object', 'vpc-mode', case when i % 200 = 0 then 'error' else 'warning' end, 'm', 'r', kind, name from o where i % 100 = 0`);
  await seeded('drift (id, fabric_id, kind, name, type, state, severity, fields, managers, live_hash, detected_at)',
    `gen_random_uuid(), $1::uuid, kind, name, 'changed', case when i % 1000 = 0 then 'open' else 'resolved' end, 'low', '[]', '{}', 'h', now() - i * interval '1 second' from o where i % 100 = 0`);
}

/** How many rows of which tables the work reads, from tables and indexes, within its transaction. */
export async function rowsRead(tx: EntityManager, work: () => Promise<unknown>): Promise<{ all: number; of: Record<string, number> }> {
  const read = async (): Promise<Map<string, number>> => new Map((await tx.query<{ relname: string; rows: string }[]>(
    'select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables where schemaname = current_schema()')).map(({ relname, rows }) => [relname, Number(rows)]));
  const before = await read();
  await work();
  const after = await read();
  const of = Object.fromEntries([...after].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)] as const).filter(([, rows]) => rows > 0));
  return { all: Object.values(of).reduce((sum, rows) => sum + rows, 0), of };
}

interface PlanNode { 'Relation Name'?: string; 'Actual Rows': number; 'Actual Loops': number; 'Rows Removed by Filter'?: number; 'Rows Removed by Index Recheck'?: number; Plans?: PlanNode[] }

/** How many rows the queries of the work look at, by the plans that they are run with: also those that a filter leaves out. */
export async function rowsScanned(source: DataSource, work: () => Promise<unknown>): Promise<number> {
  const asked: { sql: string; parameters: unknown[] | undefined }[] = [];
  const original = source.createQueryRunner;
  source.createQueryRunner = (mode) => {
    const runner = original.call(source, mode);
    const query = runner.query.bind(runner) as (sql: string, parameters?: unknown[], structured?: boolean) => Promise<never>;
    runner.query = (sql: string, parameters?: unknown[], structured?: boolean) => {
      asked.push({ sql, parameters });
      return query(sql, parameters, structured);
    };
    return runner;
  };
  try {
    await work();
  } finally {
    source.createQueryRunner = original;
  }
  return source.transaction(async (tx) => {
    // A table of a test is read faster as a whole than by any index, which is not what is asked here.
    await tx.query('set local enable_seqscan = off');
    let rows = 0;
    for (const { sql, parameters } of asked.filter((each) => /^\s*(select|with)/i.test(each.sql))) {
      const [{ 'QUERY PLAN': [{ Plan }] }] = await tx.query<[{ 'QUERY PLAN': [{ Plan: PlanNode }] }]>(`explain (analyze, format json) ${sql}`, parameters as []);
      rows += scannedBy(Plan);
    }
    return rows;
  });
}

function scannedBy(node: PlanNode): number {
  const own = node['Relation Name'] === undefined ? 0 : (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
  return own + (node.Plans ?? []).reduce((sum, child) => sum + scannedBy(child), 0);
}
