import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { deadLetterSummarySchema } from '../rest/dead-letter.ts';

/**
 * Every service tells, up to once a second, which of its messages died or were dealt with since: without their bodies, which
 * stay with it. `version` rises with each change of a dead letter, so that the order of the events does not matter.
 */
export const deadLetterChangedV1 = defineMessage({
  type: 'dead_letter.changed', version: 1, role: 'event', from: 'every service', to: ['notification'],
  schema: z.object({
    items: z.array(deadLetterSummarySchema.omit({ service: true }).extend({
      /** The day (UTC) on which it was given up; it is kept seven days from then. */
      failedOn: z.iso.date(), version: z.number().int().positive(),
    })).min(1).max(200),
  }),
});
