import { type ArchiveTaskSpec, archiveDayList, archiveTaskCreate, archiveTaskGet, archiveTaskList, archiveTaskSpecSchema, pageQuerySchema } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

type PageQuery = z.output<typeof pageQuerySchema>;

@ApiTags('archive')
@Controller('api/v1/archive')
export class ArchiveController {
  constructor(private readonly asker: Asker) {}

  @Get('days')
  @Answers(archiveDayList, 'List the days of the event log: where each is, and what the archive says of it; newest first')
  days(@Query({ schema: pageQuerySchema }) query: PageQuery): Promise<Buffer> {
    return this.asker.raw(archiveDayList, query);
  }

  @Post('tasks')
  @Answers(archiveTaskCreate, 'Have days of the archive verified, or restored to be searched for a while', 202)
  create(@Body({ schema: archiveTaskSpecSchema }) body: ArchiveTaskSpec): Promise<Buffer> {
    return this.asker.raw(archiveTaskCreate, body);
  }

  @Get('tasks')
  @Answers(archiveTaskList, 'List the tasks of the archive, newest first')
  tasks(@Query({ schema: pageQuerySchema }) query: PageQuery): Promise<Buffer> {
    return this.asker.raw(archiveTaskList, query);
  }

  @Get('tasks/:task')
  @Answers(archiveTaskGet, 'Read a task of the archive, how far it is and what it found')
  task(@Param('task', { schema: z.uuid() }) taskId: string): Promise<Buffer> {
    return this.asker.raw(archiveTaskGet, { taskId });
  }
}
