import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { syncStateSchema } from '../rest/fabric.ts';

/** fabric tells that a fabric's sync state changed (never_synced, syncing, in_sync, out_of_sync, error). */
export const fabricSyncChangedV1 = defineMessage({
  type: 'fabric.sync_changed', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), name: z.string(), from: syncStateSchema, to: syncStateSchema,
    reason: z.string(), message: z.string(), commit: z.string().nullable(),
  }),
});
