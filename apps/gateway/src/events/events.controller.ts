import { eventList, eventSearch, pageQuerySchema } from '@heddle/contracts';
import { Invalid, Logger, describeError, sleep } from '@heddle/platform';
import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';
import { EventFeed } from './event-feed.ts';
import { renderComment, renderEvent } from './event-stream.ts';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

const filterSchema = z.object({
  /** Id or name of a fabric; absent: all. */
  fabric: z.string().optional(),
  /** Event types, comma separated; absent: all. */
  types: z.string().transform((list) => list.split(',').map((type) => type.trim()).filter(Boolean)).optional(),
});
const logSchema = filterSchema.extend({ after: z.string().regex(/^\d{1,19}$/).optional(), limit: z.coerce.number().int().min(1).max(500).default(100) });
const searchSchema = filterSchema.extend(pageQuerySchema.shape).extend({
  source: z.string().optional(), correlation: z.string().optional(),
  from: z.iso.datetime({ offset: true }).optional(), until: z.iso.datetime({ offset: true }).optional(), order: z.enum(['newest', 'oldest']).default('newest'),
});
type Filter = { fabricId?: string; types?: string[] };

@ApiTags('events')
@Controller('api/v1')
export class EventsController {
  constructor(private readonly asker: Asker, private readonly feed: EventFeed, private readonly logger: Logger) {}

  @Get('event-log')
  @Answers(eventList, 'Read the event log from a position')
  async log(@Query({ schema: logSchema }) query: z.output<typeof logSchema>): Promise<Buffer> {
    return this.asker.raw(eventList, { limit: query.limit, after: query.after ?? '0', ...await this.filter(query) });
  }

  @Get('events/log')
  @Answers(eventSearch, 'Search the event log and restored days by type, source, fabric, correlation and the time of logging')
  async search(@Query({ schema: searchSchema }) { fabric, types, correlation, ...query }: z.output<typeof searchSchema>): Promise<Buffer> {
    return this.asker.raw(eventSearch, { ...query, ...await this.filter({ fabric, types }), ...(correlation && { correlationId: correlation }) });
  }

  @Get('events')
  @ApiSecurity('token')
  @ApiOperation({ summary: 'Events as they come (server-sent events); Last-Event-ID resumes without a gap' })
  @ApiProduces('text/event-stream')
  async stream(
    @Query({ schema: filterSchema }) query: z.output<typeof filterSchema>, @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (lastEventId !== undefined && !/^\d{1,19}$/.test(lastEventId)) {
      throw new Invalid({ code: 'VAL-002', message: `Last-Event-ID '${lastEventId.slice(0, 40)}' is not a position.`, remedy: 'Send the id of the last event that you received, or leave it out.' });
    }
    // Before anything is waited for: who has left by then is never told of again.
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    const filter = await this.filter(query);
    const start = lastEventId ?? (await this.asker.ask(eventList, { limit: 1 })).last;
    reply.hijack();
    // Kept alive, the connection would outlive its stream and hold up a gateway that stops.
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' });
    const leave = this.feed.join();
    try {
      await this.pump(reply.raw, start, filter, AbortSignal.any([closed.signal, this.feed.closing]));
    } finally {
      leave();
      reply.raw.end();
    }
  }

  private async pump(out: ServerResponse, start: string, filter: Filter, signal: AbortSignal): Promise<void> {
    let position = start;
    await write(out, renderComment(`from ${position}`), signal);
    while (!signal.aborted) {
      try {
        const reached = this.feed.last;
        const { items, last } = await this.asker.ask(eventList, { after: position, limit: 200, ...filter });
        for (const item of items) await write(out, renderEvent(item), signal);
        position = items.at(-1)?.position ?? (BigInt(last) > BigInt(position) ? last : position);
        if (items.length > 0) continue;
        // The log may have reached further than what is left of it: nothing up to there is asked for twice.
        await this.feed.beyond(reached > BigInt(position) ? reached : BigInt(position), HEARTBEAT_MS, signal);
        if (!signal.aborted) await write(out, renderComment('alive'), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn('an event stream waits for the event log', { error: describeError(error) });
        await write(out, renderComment('the event log does not answer; waiting'), signal);
        await sleep(RETRY_MS, signal);
      }
    }
  }

  private async filter(query: { fabric?: string | undefined; types?: string[] | undefined }): Promise<Filter> {
    return { ...(query.fabric && { fabricId: await this.asker.fabricId(query.fabric) }), ...(query.types && { types: query.types }) };
  }
}

async function write(out: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || out.write(text)) return;
  await once(out, 'drain', { signal }).catch(() => undefined); // aborted: the reader has gone, the loop sees it
}
