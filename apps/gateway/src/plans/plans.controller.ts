import { makePlanSchema, pageQuerySchema, planFormatSchema, planGet, planList, planMake, planRender } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const formatSchema = z.object({ format: planFormatSchema.default('json') });
const bodySchema = makePlanSchema.default({});

@ApiTags('plans')
@Controller('api/v1')
export class PlansController {
  constructor(private readonly asker: Asker) {}

  @Post('fabrics/:fabric/plans')
  @Answers(planMake, 'Make a plan: what a sync would do, in which order, and what it would keep back', 201)
  make(@Param('fabric') fabric: string, @Body({ schema: bodySchema }) body: z.output<typeof bodySchema>): Promise<Buffer> {
    return this.asker.raw(planMake, { ...body, fabric });
  }

  @Get('fabrics/:fabric/plans')
  @Answers(planList, 'List the plans of a fabric, newest first')
  list(@Param('fabric') fabric: string, @Query({ schema: pageQuerySchema }) query: z.output<typeof pageQuerySchema>): Promise<Buffer> {
    return this.asker.raw(planList, { ...query, fabric });
  }

  @Get('plans/:plan')
  @Answers(planGet, 'Read a plan; as text or Markdown where `format` says so')
  async get(@Param('plan', { schema: z.uuid() }) planId: string, @Query({ schema: formatSchema }) { format }: z.output<typeof formatSchema>, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer | string> {
    if (format === 'json') return this.asker.raw(planGet, { planId });
    const { text } = await this.asker.ask(planRender, { planId, format });
    void reply.header('content-type', format === 'text' ? 'text/plain; charset=utf-8' : 'text/markdown; charset=utf-8');
    return text;
  }
}
