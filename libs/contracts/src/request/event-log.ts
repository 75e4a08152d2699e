import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { pageOf, pageQuerySchema } from '../page.ts';
import { archiveDaySchema, archiveTaskSchema, archiveTaskSpecSchema } from '../rest/archive.ts';
import { eventFilterSchema, replaySpecSchema, replayStateSchema, replayViewSchema } from '../rest/replay.ts';
import { loggedEventSchema } from '../rest/subscription.ts';

const replay = z.object({ replayId: z.uuid() });

/** Events by what a person looks for, restored days included; newest first unless asked otherwise. Times are those of logging. */
export const eventSearch = defineRequest({
  method: 'event.search', service: 'notification', deadlineMs: 15_000,
  request: pageQuerySchema.extend(eventFilterSchema.shape).extend({
    from: z.iso.datetime({ offset: true }).optional(), until: z.iso.datetime({ offset: true }).optional(), order: z.enum(['newest', 'oldest']).default('newest'),
  }),
  response: pageOf(loggedEventSchema.extend({ loggedAt: z.iso.datetime() })),
});

/** Sends events again, to one target alone. 410 when they are neither in the log nor in the archive. */
export const replayCreate = defineRequest({ method: 'replay.create', service: 'notification', deadlineMs: 15_000, request: replaySpecSchema, response: replayViewSchema });
export const replayList = defineRequest({ method: 'replay.list', service: 'notification', request: pageQuerySchema.extend({ state: replayStateSchema.optional() }), response: pageOf(replayViewSchema) });
export const replayGet = defineRequest({ method: 'replay.get', service: 'notification', request: replay, response: replayViewSchema });
/** What was sent by then stays sent. */
export const replayCancel = defineRequest({ method: 'replay.cancel', service: 'notification', request: replay, response: replayViewSchema });

export const archiveDayList = defineRequest({ method: 'archive.days', service: 'notification', request: pageQuerySchema, response: pageOf(archiveDaySchema) });
export const archiveTaskCreate = defineRequest({ method: 'archive.task_create', service: 'notification', request: archiveTaskSpecSchema, response: archiveTaskSchema });
export const archiveTaskList = defineRequest({ method: 'archive.task_list', service: 'notification', request: pageQuerySchema, response: pageOf(archiveTaskSchema) });
export const archiveTaskGet = defineRequest({ method: 'archive.task_get', service: 'notification', request: z.object({ taskId: z.uuid() }), response: archiveTaskSchema });
