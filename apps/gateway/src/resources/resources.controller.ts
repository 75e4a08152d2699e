import { diffList, pageQuerySchema, resourceGet, resourceList, resourceStateSchema } from '@heddle/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const querySchema = pageQuerySchema.extend({ kind: z.string().optional(), state: resourceStateSchema.optional(), text: z.string().max(253).optional(), conflict: z.enum(['true', 'false']).optional() });
const diffQuerySchema = pageQuerySchema.extend({ kind: z.string().optional(), name: z.string().optional() });

@ApiTags('resources')
@Controller('api/v1/fabrics/:fabric')
export class ResourcesController {
  constructor(private readonly asker: Asker) {}

  @Get('resources')
  @Answers(resourceList, 'List resources by kind, state or part of the name')
  list(@Param('fabric') fabric: string, @Query({ schema: querySchema }) { conflict, ...query }: z.output<typeof querySchema>): Promise<Buffer> {
    return this.asker.raw(resourceList, { ...query, fabric, ...(conflict && { conflict: conflict === 'true' }) });
  }

  @Get('diff')
  @Answers(diffList, 'What differs between Git and the API server, after defaulting and without ignored fields')
  diff(@Param('fabric') fabric: string, @Query({ schema: diffQuerySchema }) query: z.output<typeof diffQuerySchema>): Promise<Buffer> {
    return this.asker.raw(diffList, { ...query, fabric });
  }

  @Get('resources/:kind/:name')
  @Answers(resourceGet, 'Read one resource: desired, live, base, diff, findings, history')
  get(@Param('fabric') fabric: string, @Param('kind') kind: string, @Param('name') name: string): Promise<Buffer> {
    return this.asker.raw(resourceGet, { fabric, kind, name });
  }
}
