import type { MigrationInterface, QueryRunner } from 'typeorm';

const FACETS = 'fabric_id, kind, state, switches, desired, based, inventory, held, gone, carried, awaited';

/** Of a row of `resource`; each is never null. */
const facetsOf = (rows: string): string => `select fabric_id, kind, state, switches, desired_hash is not null as desired, base_hash is not null as based,
  base_hash is not null and live_hash is not null and managed as inventory, held, gone_hash is not null as gone, switches_reason <> 'NotCarriedByAgents' as carried,
  gone_hash is not null or (desired_hash is not null and not (live_hash is not distinct from desired_hash and base_hash is not distinct from desired_hash
    and (switches = 'converged' or switches_reason = 'NotCarriedByAgents'))) as awaited, since from ${rows}`;

/** In the order of the key, so that two that count the same facets don't wait for each other. */
const counted = (moved: string): string => `
  insert into resource_tally as t (${FACETS}, objects, last_move_at)
  select ${FACETS}, sum(n), max(since) filter (where n = 1) from (${moved}) m group by ${FACETS}
  having sum(n) <> 0 or max(since) filter (where n = 1) > max(since) filter (where n = -1) order by ${FACETS}
  on conflict (${FACETS}) do update set objects = t.objects + excluded.objects, last_move_at = greatest(t.last_move_at, excluded.last_move_at)`;

/**
 * `resource_tally`: how many objects of a fabric have which facets, kept by triggers on `resource`, whatever statement
 * writes there: a change among 10,000 objects must not count them all. `objects` may be 0.
 * A deleted row is only ever subtracted: the fabric may be gone with it.
 */
export class TallyObjects1796050800000 implements MigrationInterface {
  readonly name = 'TallyObjects1796050800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table resource_tally (
        fabric_id uuid not null references fabric on delete cascade,
        kind text not null,
        state text not null,
        switches text not null,
        desired boolean not null,
        based boolean not null,
        inventory boolean not null,
        held boolean not null,
        gone boolean not null,
        carried boolean not null,
        awaited boolean not null,
        objects bigint not null,
        last_move_at timestamptz,
        primary key (${FACETS})
      ) with (fillfactor = 50);

      create function tally_objects() returns trigger language plpgsql as $$
      begin
        if tg_op = 'INSERT' then
          ${counted(`select *, 1 as n from (${facetsOf('new_rows')}) a`)};
        elsif tg_op = 'UPDATE' then
          ${counted(`select *, 1 as n from (${facetsOf('new_rows')}) a union all select *, -1 from (${facetsOf('old_rows')}) b`)};
        else
          update resource_tally t set objects = t.objects - d.n
          from (select ${FACETS}, count(*) as n from (${facetsOf('old_rows')}) b group by ${FACETS}) d
          where (${FACETS.split(', ').map((facet) => `t.${facet}`).join(', ')}) = (${FACETS.split(', ').map((facet) => `d.${facet}`).join(', ')});
        end if;
        return null;
      end $$;

      create trigger resource_tally_inserted after insert on resource referencing new table as new_rows for each statement execute function tally_objects();
      create trigger resource_tally_updated after update on resource referencing old table as old_rows new table as new_rows for each statement execute function tally_objects();
      create trigger resource_tally_deleted after delete on resource referencing old table as old_rows for each statement execute function tally_objects();

      insert into resource_tally (${FACETS}, objects, last_move_at) select ${FACETS}, count(*), max(since) from (${facetsOf('resource')}) a group by ${FACETS};

      create index source_document_unused on source_document (fabric_id) where status in ('unreadable', 'ignored');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index source_document_unused;
      drop trigger resource_tally_inserted on resource;
      drop trigger resource_tally_updated on resource;
      drop trigger resource_tally_deleted on resource;
      drop function tally_objects();
      drop table resource_tally;
    `);
  }
}
