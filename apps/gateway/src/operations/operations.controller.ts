import { operationCancel, operationGet, operationList, operationStart, pageQuerySchema, startSyncSchema } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const bodySchema = startSyncSchema.default({});
const listSchema = pageQuerySchema.extend({ fabric: z.string().optional() });
const id = { schema: z.uuid() };

@ApiTags('operations')
@Controller('api/v1')
export class OperationsController {
  constructor(private readonly asker: Asker) {}

  @Post('fabrics/:fabric/operations')
  @Answers(operationStart, 'Start a sync: of a plan, of chosen objects, or of everything', 202)
  start(@Param('fabric') fabric: string, @Body({ schema: bodySchema }) body: z.output<typeof bodySchema>): Promise<Buffer> {
    return this.asker.raw(operationStart, { ...body, fabric });
  }

  @Get('operations')
  @Answers(operationList, 'List operations, newest first')
  list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>): Promise<Buffer> {
    return this.asker.raw(operationList, query);
  }

  @Get('operations/:operation')
  @Answers(operationGet, 'Read an operation and each of its steps')
  get(@Param('operation', id) operationId: string): Promise<Buffer> {
    return this.asker.raw(operationGet, { operationId });
  }

  @Post('operations/:operation/cancel')
  @Answers(operationCancel, 'Take back what has not been sent yet', 202)
  cancel(@Param('operation', id) operationId: string): Promise<Buffer> {
    return this.asker.raw(operationCancel, { operationId });
  }
}
