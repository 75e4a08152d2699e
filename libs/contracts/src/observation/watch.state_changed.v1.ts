import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** k8s-sync tells how fresh its picture of one kind of a fabric is. `stale`: nothing heard for a minute, or the watch fails. */
export const watchStateChangedV1 = defineMessage({
  type: 'watch.state_changed', version: 1, role: 'event', from: 'k8s-sync', to: ['fabric', 'notification'],
  schema: z.object({
    fabricId: z.uuid(), kind: z.string(),
    watchEpoch: z.number().int().nonnegative(), sequence: z.number().int().nonnegative(),
    state: z.enum(['live', 'stale', 'stopped']),
    reason: z.string(), message: z.string(),
    lastHeardAt: z.iso.datetime().nullable(),
    /** Of the fields that `cluster.watch` asks about, which the cluster's schema of the kind has; absent: nothing new about them. */
    fields: z.array(z.object({ path: z.string(), present: z.boolean() })).optional(),
  }),
});
