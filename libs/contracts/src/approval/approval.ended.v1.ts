import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { actorSchema } from '../envelope/actor.ts';

/** fabric tells that an approval is not waited for any more, and how that came: somebody decided, Git or an object moved on, or its time ran out. */
export const approvalEndedV1 = defineMessage({
  type: 'approval.ended', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), approvalId: z.uuid(), planId: z.uuid(),
    state: z.enum(['approved', 'rejected', 'superseded', 'expired']),
    /** null: nobody decided. */
    decidedBy: actorSchema.nullable(), reason: z.string().nullable(),
  }),
});
