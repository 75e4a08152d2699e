import { eventFilterSchema, pageQuerySchema, replayCancel, replayCreate, replayGet, replayList, replaySpecSchema, replayStateSchema } from '@heddle/contracts';
import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

/** As the service takes it, but a fabric may be named. */
const bodySchema = replaySpecSchema.extend({ filter: eventFilterSchema.omit({ fabricId: true }).extend({ fabric: z.string().min(1).max(63).optional() }).default({}) });
const listSchema = pageQuerySchema.extend({ state: replayStateSchema.optional() });
const id = { schema: z.uuid() };

@ApiTags('replays')
@Controller('api/v1/replays')
export class ReplaysController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(replayCreate, 'Send logged events again, to one subscription or queue alone; 410 when they are kept no longer', 201)
  async create(@Body({ schema: bodySchema }) { filter: { fabric, ...filter }, ...body }: z.output<typeof bodySchema>): Promise<Buffer> {
    return this.asker.raw(replayCreate, { ...body, filter: { ...filter, ...(fabric && { fabricId: await this.asker.fabricId(fabric) }) } });
  }

  @Get()
  @Answers(replayList, 'List replays, newest first')
  list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>): Promise<Buffer> {
    return this.asker.raw(replayList, query);
  }

  @Get(':replay')
  @Answers(replayGet, 'Read a replay and how far it is')
  get(@Param('replay', id) replayId: string): Promise<Buffer> {
    return this.asker.raw(replayGet, { replayId });
  }

  @Delete(':replay')
  @Answers(replayCancel, 'Cancel a replay; what was sent stays sent')
  cancel(@Param('replay', id) replayId: string): Promise<Buffer> {
    return this.asker.raw(replayCancel, { replayId });
  }
}
