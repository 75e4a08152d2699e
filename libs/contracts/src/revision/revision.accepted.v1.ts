import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { findingSchema } from '../finding.ts';

/** fabric tells that it switched a fabric to a new revision; the findings are capped at 100. */
export const revisionAcceptedV1 = defineMessage({
  type: 'revision.accepted', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), commit: z.string(), tree: z.string().nullable(),
    objects: z.number(), changed: z.number(), held: z.number(),
    findings: z.array(findingSchema), findingsTotal: z.number(),
  }),
});
