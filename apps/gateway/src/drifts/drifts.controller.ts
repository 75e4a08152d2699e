import { driftList, driftRevert, pageQuerySchema } from '@heddle/contracts';
import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const listSchema = pageQuerySchema.extend({ fabric: z.string().optional(), state: z.enum(['open', 'reverting', 'resolved']).optional(), kind: z.string().optional() });

@ApiTags('drifts')
@Controller('api/v1/drifts')
export class DriftsController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Answers(driftList, 'List drifts: field, both values, and who wrote the live one')
  list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>): Promise<Buffer> {
    return this.asker.raw(driftList, query);
  }

  @Post(':drift/revert')
  @Answers(driftRevert, 'Put back what Git says', 202)
  revert(@Param('drift', { schema: z.uuid() }) driftId: string): Promise<Buffer> {
    return this.asker.raw(driftRevert, { driftId });
  }
}
