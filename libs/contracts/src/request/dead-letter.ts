import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { SERVICES, type ServiceName } from '../define-message.ts';
import { pageOf, pageQuerySchema } from '../page.ts';

/** A message that its consumer could not take, kept as a row by that consumer. */
export const deadLetterSchema = z.object({
  id: z.uuid(), service: z.string(), consumer: z.string(), messageId: z.string(), type: z.string(),
  /** `parked`: will be tried again at `dueAt`; `dead`: given up. */
  state: z.enum(['parked', 'dead']),
  reason: z.string(), message: z.string(), attempts: z.number(), dueAt: z.iso.datetime().nullable(),
  firstFailedAt: z.iso.datetime(), lastFailedAt: z.iso.datetime(),
  body: z.string().describe('The bytes as received, as text where they are UTF-8, else base64'), headers: z.record(z.string(), z.unknown()),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Every service but the gateway answers it for its own rows, as `<service>.dead_letters`. */
export function deadLetterList<const Service extends ServiceName>(service: Service) {
  return defineRequest({ method: `${service.replace('-', '_')}.dead_letters`, service, request: pageQuerySchema, response: pageOf(deadLetterSchema) });
}
export const DEAD_LETTER_SERVICES = SERVICES.filter((service) => service !== 'gateway');
