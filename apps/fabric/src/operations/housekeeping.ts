import { defineTask, OnTask, type TaskContext } from '@heddle/messaging';
import { Clock, Database } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { dropPartitions, ensurePartitions } from '../resources/history.ts';
import { pruneManifests } from '../resources/manifests.ts';

const DAYS_AHEAD = 3;
const HISTORY_DAYS = 90;

/** The name is permanent: it stands in rows. */
export const keepHouse = defineTask({ type: 'fabric.keep_house', queue: 'scheduler', payload: z.object({}), softLimitMs: 300_000, hardLimitMs: 900_000, everyMs: 3_600_000 });

/** Makes the partitions of the days to come, and drops what is past its time. Doing so twice does no harm. */
@Injectable()
export class Housekeeping {
  constructor(private readonly database: Database, private readonly clock: Clock) {}

  @OnTask(keepHouse)
  async keepHouse(_payload: object, { transaction, signal }: TaskContext): Promise<void> {
    await transaction((tx) => ensurePartitions(tx, this.clock.now(), DAYS_AHEAD));
    await transaction((tx) => dropPartitions(tx, this.clock.now(), HISTORY_DAYS));
    await transaction(async (tx) => {
      // Longer than any message can wait to be tried again: an older sighting must not bring an object back.
      await tx.query(`delete from resource where state = 'deleted' and since < now() - interval '8 days' and desired_hash is null and live_hash is null and gone_hash is null`);
      await tx.query(`delete from revision_chunk where received_at < now() - interval '1 day'`);
      // Plans, operations with their steps and drifts that are over; the last operation of a fabric stays.
      await tx.query(`delete from operation o where o.finished_at < now() - interval '${HISTORY_DAYS} days' and o.number < (select operation_number from fabric f where f.id = o.fabric_id)`);
      await tx.query(`delete from verdict where at < now() - interval '365 days'`);
      await tx.query(`delete from drift where state = 'resolved' and resolved_at < now() - interval '${HISTORY_DAYS} days'`);
      await tx.query(`delete from alert where state = 'resolved' and resolved_at < now() - interval '${HISTORY_DAYS} days'`);
      await tx.query(`delete from plan p where p.created_at < now() - interval '30 days' and not exists (select from operation o where o.plan_id = p.id)`);
    });
    for (const { id } of await this.database.query<{ id: string }>('select id from fabric order by id')) {
      // What is left at the limit is found again in an hour.
      while (!signal.aborted && await transaction(async (tx) => (await lockFabric(tx, id) ? pruneManifests(tx, id) : 0)) > 0);
    }
  }
}
