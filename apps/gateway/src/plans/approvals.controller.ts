import { approvalList, approvalStateSchema, approveSchema, pageQuerySchema, planApprove, planReject, rejectSchema } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const listSchema = pageQuerySchema.extend({ fabric: z.string().optional(), state: approvalStateSchema.optional() });
const id = { schema: z.uuid() };

@ApiTags('plans')
@Controller('api/v1')
export class ApprovalsController {
  constructor(private readonly asker: Asker) {}

  @Get('approvals')
  @Answers(approvalList, 'List what waits for the approval of a second person, or was decided')
  list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>): Promise<Buffer> {
    return this.asker.raw(approvalList, query);
  }

  @Post('plans/:plan/approve')
  @Answers(planApprove, 'Approve the deletes of a plan, by its hash; not for who asked for it or wrote the commit')
  approve(@Param('plan', id) planId: string, @Body({ schema: approveSchema }) body: z.output<typeof approveSchema>): Promise<Buffer> {
    return this.asker.raw(planApprove, { ...body, planId });
  }

  @Post('plans/:plan/reject')
  @Answers(planReject, 'Say no to the deletes of a plan')
  reject(@Param('plan', id) planId: string, @Body({ schema: rejectSchema }) body: z.output<typeof rejectSchema>): Promise<Buffer> {
    return this.asker.raw(planReject, { ...body, planId });
  }
}
