import { defineTask, OnTask, type TaskContext } from '@heddle/messaging';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** The name is permanent: it stands in rows. */
export const forgetOldJobs = defineTask({ type: 'k8s_sync.forget_old_jobs', queue: 'scheduler', payload: z.object({}), softLimitMs: 120_000, hardLimitMs: 300_000, everyMs: 3_600_000 });

/** Forgets jobs that ended days ago: a redelivered command is recognised until then. */
@Injectable()
export class ForgetOldJobs {
  @OnTask(forgetOldJobs)
  async forget(_payload: object, { transaction }: TaskContext): Promise<void> {
    await transaction(async (tx) => {
      await tx.query(`DELETE FROM job j WHERE received_at < now() - interval '8 days' AND deadline < now() AND NOT EXISTS (SELECT 1 FROM step s WHERE s.job_id = j.job_id AND s.state <> 'finished')`);
      await tx.query(`DELETE FROM cancellation WHERE at < now() - interval '8 days'`);
      await tx.query(`DELETE FROM withdrawal WHERE at < now() - interval '8 days'`);
    });
  }
}
