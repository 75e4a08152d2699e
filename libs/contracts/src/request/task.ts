import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import type { ServiceName } from '../define-message.ts';
import { actorSchema } from '../envelope/actor.ts';
import { discardReasonSchema } from '../rest/dead-letter.ts';
import { pageOf, pageQuerySchema } from '../page.ts';

export const taskStateSchema = z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']);
export const workQueueSchema = z.enum(['scheduler', 'git', 'kubernetes', 'micro', 'orchestration']);

/** Work that a service does by itself, outside of any message. */
export const taskViewSchema = z.object({
  id: z.uuid(), service: z.string(), type: z.string(), key: z.string().describe('Names it within its type: the same one twice is one'),
  queue: workQueueSchema, priority: z.number().int().min(0).max(9), fairKey: z.string().describe('Tasks of equal priority take turns by this'),
  state: taskStateSchema, attempt: z.number().int().describe('Starts so far'), failures: z.number().int().describe('Failures that count against its retries'),
  reason: z.string(), message: z.string().describe('Why the last attempt ended, where it was not by being done; why it was discarded'),
  dueAt: z.iso.datetime(), createdAt: z.iso.datetime(), startedAt: z.iso.datetime().nullable(), finishedAt: z.iso.datetime().nullable(),
  closedBy: actorSchema.optional().describe('Who cancelled or discarded it'),
});
export type TaskView = z.infer<typeof taskViewSchema>;

export const taskDetailSchema = taskViewSchema.extend({
  payload: z.record(z.string(), z.unknown()), correlationId: z.string(),
  tries: z.array(z.object({ attempt: z.number().int(), startedAt: z.string(), endedAt: z.string(), outcome: z.string(), reason: z.string(), message: z.string() })),
});
export type TaskDetail = z.infer<typeof taskDetailSchema>;

export const taskQuerySchema = pageQuerySchema.extend({ queue: workQueueSchema.optional(), state: taskStateSchema.optional(), type: z.string().max(100).optional() });
export type TaskQuery = z.infer<typeof taskQuerySchema>;

const one = z.object({ taskId: z.uuid() });

/** What every service but the gateway answers of its own tasks. */
export function taskRequests<const Service extends ServiceName>(service: Service) {
  const prefix = service.replace('-', '_');
  return {
    list: defineRequest({ method: `${prefix}.tasks`, service, request: taskQuerySchema, response: pageOf(taskViewSchema) }),
    get: defineRequest({ method: `${prefix}.task`, service, request: one, response: taskDetailSchema }),
    retry: defineRequest({ method: `${prefix}.task_retry`, service, request: one, response: taskDetailSchema }),
    discard: defineRequest({ method: `${prefix}.task_discard`, service, request: one.extend({ reason: discardReasonSchema }), response: taskDetailSchema }),
    cancel: defineRequest({ method: `${prefix}.task_cancel`, service, request: one, response: taskDetailSchema }),
  };
}
