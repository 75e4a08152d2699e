import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import type { ServiceName } from '../define-message.ts';
import { pageOf, pageQuerySchema } from '../page.ts';
import {
  deadLetterFilterSchema, deadLetterGroupSchema, deadLetterProgressSchema, deadLetterSchema, deadLetterSummarySchema, discardReasonSchema, editDeadLetterSchema, editedDeadLetterSchema, MOST_DEAD_LETTERS,
} from '../rest/dead-letter.ts';

/** How long a service works at one chunk at most, milliseconds; the asker waits longer. */
export const DEAD_LETTER_CHUNK_MS = 8_000;
const CHUNK_DEADLINE_MS = 25_000;

const id = z.object({ id: z.uuid() });
const some = { ids: z.array(z.uuid()).min(1).max(MOST_DEAD_LETTERS).optional(), filter: deadLetterFilterSchema.omit({ state: true }).optional(), cursor: z.string().max(1_000).optional() };
const progress = deadLetterProgressSchema.omit({ unreachable: true });

/** The questions about its own dead letters that each service but the gateway answers, as `<service>.dead_letter_<verb>`. */
export function deadLetterRequests<const Service extends ServiceName>(service: Service) {
  const prefix = `${service.replaceAll('-', '_')}.dead_letter`;
  return {
    get: defineRequest({ method: `${prefix}_get`, service, request: id, response: deadLetterSchema }),
    replay: defineRequest({ method: `${prefix}_replay`, service, deadlineMs: CHUNK_DEADLINE_MS, request: z.object(some), response: progress }),
    edit: defineRequest({ method: `${prefix}_edit`, service, deadlineMs: CHUNK_DEADLINE_MS, request: editDeadLetterSchema.extend(id.shape), response: editedDeadLetterSchema }),
    discard: defineRequest({ method: `${prefix}_discard`, service, deadlineMs: CHUNK_DEADLINE_MS, request: z.object({ ...some, reason: discardReasonSchema }), response: progress }),
  };
}

/** Query of a list of dead letters. */
export const deadLetterQuerySchema = deadLetterFilterSchema.extend(pageQuerySchema.shape);
/** The index of all services' dead letters, the latest failure first. */
export const deadLetterList = defineRequest({ method: 'dead_letter.list', service: 'notification', request: deadLetterQuerySchema, response: pageOf(deadLetterSummarySchema) });
/** The same by cause, that with the latest failure first. */
export const deadLetterGroups = defineRequest({ method: 'dead_letter.groups', service: 'notification', request: deadLetterQuerySchema, response: pageOf(deadLetterGroupSchema) });
