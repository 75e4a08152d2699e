import { makePlanSchema, pageQuerySchema, planGet, planList, planMake } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

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
  @Answers(planGet, 'Read a plan')
  get(@Param('plan', { schema: z.uuid() }) planId: string): Promise<Buffer> {
    return this.asker.raw(planGet, { planId });
  }
}
