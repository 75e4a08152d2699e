import { driftAdopt, driftFilterSchema, driftGet, driftJudge, driftList, driftRevert, driftSnooze, driftStateSchema, judgeDriftsSchema, pageQuerySchema, revertDriftSchema, snoozeDriftSchema, verdictList } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const listSchema = pageQuerySchema.extend({ fabric: z.string().optional(), state: driftStateSchema.optional(), ...driftFilterSchema.omit({ conflict: true }).shape, conflict: z.enum(['true', 'false']).optional() });
const historySchema = pageQuerySchema.extend({ fabric: z.string().optional(), drift: z.uuid().optional(), kind: z.string().optional(), name: z.string().optional() });

@ApiTags('drifts')
@Controller('api/v1/drifts')
export class DriftsController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Answers(driftList, 'List drifts: field, both values, and who wrote the live one')
  list(@Query({ schema: listSchema }) { conflict, ...query }: z.output<typeof listSchema>): Promise<Buffer> {
    return this.asker.raw(driftList, { ...query, ...(conflict && { conflict: conflict === 'true' }) });
  }

  @Get('verdicts')
  @Answers(verdictList, 'List what was decided about drifts: by whom, when and why; the newest first')
  history(@Query({ schema: historySchema }) { drift, ...query }: z.output<typeof historySchema>): Promise<Buffer> {
    return this.asker.raw(verdictList, { ...query, ...(drift && { driftId: drift }) });
  }

  @Post('verdicts')
  @Answers(driftJudge, 'Judge up to 1,000 drifts at once, by ids or by a filter on the open ones of a fabric; each has a result of its own')
  judge(@Body({ schema: judgeDriftsSchema }) body: z.output<typeof judgeDriftsSchema>): Promise<Buffer> {
    return this.asker.raw(driftJudge, body);
  }

  @Get(':drift')
  @Answers(driftGet, 'Read a drift')
  get(@Param('drift', { schema: z.uuid() }) driftId: string): Promise<Buffer> {
    return this.asker.raw(driftGet, { driftId });
  }

  @Post(':drift/revert')
  @Answers(driftRevert, 'Put back what Git says', 202)
  revert(@Param('drift', { schema: z.uuid() }) driftId: string, @Body({ schema: revertDriftSchema.default({}) }) body: z.output<typeof revertDriftSchema>): Promise<Buffer> {
    return this.asker.raw(driftRevert, { ...body, driftId });
  }

  @Post(':drift/snooze')
  @Answers(driftSnooze, 'Let a drift be until a time, or until its fields change')
  snooze(@Param('drift', { schema: z.uuid() }) driftId: string, @Body({ schema: snoozeDriftSchema }) body: z.output<typeof snoozeDriftSchema>): Promise<Buffer> {
    return this.asker.raw(driftSnooze, { ...body, driftId });
  }

  @Post(':drift/adopt')
  @Answers(driftAdopt, 'Bring the live values into Git; refused until there is write-back')
  adopt(@Param('drift', { schema: z.uuid() }) driftId: string): Promise<Buffer> {
    return this.asker.raw(driftAdopt, { driftId });
  }
}
