import { type Queries, seedObjects } from './seed-objects.ts';

/**
 * A fabric of so many objects on a cluster that is seen, with `entries` rows of each list: nearly all of them alike, so
 * that most filters want few of many.
 */
export async function seedLists(tx: Queries, fabricId: string, objects: number, entries: number): Promise<void> {
  await seedObjects(tx, fabricId, objects);
  const few = (value: string, rare: string, at: number): string => `case when i = ${entries - at} then '${rare}' else '${value}' end`;
  const seeded = (into: string, select: string, ...more: unknown[]): Promise<unknown> => tx.query(`insert into ${into} select ${select} from generate_series(1, $2::int) i`, [fabricId, entries, ...more]);
  const actor = `'{"type":"system","id":"seed"}'::jsonb`;
  const ago = `now() - i * interval '1 minute'`;
  await tx.query(`update resource set state = 'applied' where fabric_id = $1 and name = 'c-9'`, [fabricId]);
  await tx.query(`update drift set conflict = true where fabric_id = $1 and state = 'open' and kind = 'VPC'`, [fabricId]);
  await seeded('finding (fabric_id, source, rule, severity, message, remedy, kind, name)', `$1::uuid, 'object', 'r', ${few('warning', 'error', 1)}, 'm', 'r', 'VPC', 'v-' || i`);
  await seeded('drift (id, fabric_id, kind, name, type, state, severity, conflict, fields, managers, live_hash, detected_at)',
    `gen_random_uuid(), $1::uuid, ${few('VPC', 'Switch', 1)}, 'd-' || i, ${few('changed', 'deleted', 3)}, ${few('resolved', 'reverting', 2)}, ${few('low', 'critical', 4)}, i = $2 - 5, '[]', array[${few('kubectl', 'hhfab', 6)}], 'h', ${ago}`);
  await seeded('operation (id, fabric_id, number, type, trigger, actor, request, state, created_at, deadline)', `gen_random_uuid(), $1::uuid, i, 'sync', 'manual', ${actor}, '{}', 'completed', ${ago}, now()`);
  await seeded('plan (id, fabric_id, hash, type, desired_version, live_version, counts, body, created_at)', `gen_random_uuid(), $1::uuid, 'h', 'sync', 1, 1, '{"create":0,"update":0,"delete":0,"unchanged":0,"withheld":0}', '{}', ${ago}`);
  await seeded('approval (id, fabric_id, plan_id, hash, desired_version, state, reasons, deletes, wish, sync, requested_by, requested_at, expires_at)',
    `gen_random_uuid(), $1::uuid, gen_random_uuid(), 'h', 0, ${few('rejected', 'pending', 1)}, '[]', '[]', '{"objects":null,"prune":null}', false, jsonb_build_array(${actor}), ${ago}, now() + interval '1 day'`);
  await seeded('verdict (fabric_id, drift_id, kind, name, at, verdict, reason, actor, fields)', `$1::uuid, gen_random_uuid(), ${few('VPC', 'Switch', 1)}, 'd-' || i, ${ago}, 'snooze', 'r', ${actor}, '[]'`);
  await seeded('alert (id, key, type, severity, state, summary, remedy, fabric_ids, fabrics, objects, object_count, first_seen_at, last_seen_at, resolved_at)',
    `gen_random_uuid(), 'seed:' || $1::uuid || i, ${few('drift', 'sync-failed', 1)}, ${few('warning', 'critical', 2)}, ${few('resolved', 'acknowledged', 3)}, 's', 'r', array[$1::uuid], '[]', '[]', 0, ${ago}, ${ago}, now()`);
  // As on a fabric whose cluster is seen: nothing is shown otherwise than it stands.
  await tx.query(`update fabric set connection = jsonb_set(connection, '{state}', '"connected"') where id = $1`, [fabricId]);
  await tx.query(
    `insert into watch (fabric_id, kind, state, reason, message, last_heard_at, epoch, sequence, snapshot_at)
     select $1, kind, 'live', '', '', now() + interval '1 day', 1, 1, now() from unnest(array['VPC', 'VPCAttachment', 'Connection', 'Agent', 'GatewayAgent']) kind
     on conflict (fabric_id, kind) do update set state = 'live', reason = '', last_heard_at = excluded.last_heard_at, snapshot_at = excluded.snapshot_at`, [fabricId]);
}
