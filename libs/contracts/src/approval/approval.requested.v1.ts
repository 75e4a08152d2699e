import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { actorSchema } from '../envelope/actor.ts';
import { objectRefSchema } from '../rest/object-ref.ts';

/** fabric tells that deletes past the budget of a fabric wait for a second person. Until `approval.ended` of the same id. */
export const approvalRequestedV1 = defineMessage({
  type: 'approval.requested', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), fabric: z.string(), approvalId: z.uuid(), planId: z.uuid(),
    /** Of the plan; an approval names it. */
    hash: z.string(),
    /** Why it is needed, one sentence each. */
    reasons: z.array(z.string()),
    /** The first of the objects that would be deleted; all of them are `deleteCount`. */
    deletes: z.array(objectRefSchema), deleteCount: z.number().int(),
    /** A sync waits for it and starts by itself once it is approved; false: somebody only looked. */
    sync: z.boolean(),
    requestedBy: z.array(actorSchema),
    author: z.object({ name: z.string(), email: z.string() }).nullable(),
    /** Who may decide, in a sentence. */
    mayApprove: z.string(),
    requestedAt: z.iso.datetime(), expiresAt: z.iso.datetime(),
  }),
});
