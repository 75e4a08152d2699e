import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** notification tells that a day of the event log could not be archived; its events stay in the log, and it is tried again. Once for each day and cause. */
export const archiveFailedV1 = defineMessage({
  type: 'archive.failed', version: 1, role: 'event', from: 'notification', to: ['notification'],
  schema: z.object({ day: z.iso.date(), code: z.string(), message: z.string(), remedy: z.string() }),
});
