import { archiveDayList, archiveTaskCreate, archiveTaskGet, archiveTaskList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ArchiveService } from './archive.service.ts';

type Request<C extends { request: z.ZodType }> = z.output<C['request']>;
type Response<C extends { response: z.ZodType }> = Promise<z.input<C['response']>>;

@Controller()
export class ArchiveHandlers {
  constructor(private readonly archive: ArchiveService) {}

  @OnRequest(archiveDayList)
  days(request: Request<typeof archiveDayList>): Response<typeof archiveDayList> {
    return this.archive.list(request);
  }

  @OnRequest(archiveTaskCreate)
  create(request: Request<typeof archiveTaskCreate>): Response<typeof archiveTaskCreate> {
    return this.archive.create(request);
  }

  @OnRequest(archiveTaskList)
  tasks(request: Request<typeof archiveTaskList>): Response<typeof archiveTaskList> {
    return this.archive.tasks(request);
  }

  @OnRequest(archiveTaskGet)
  task(request: Request<typeof archiveTaskGet>): Response<typeof archiveTaskGet> {
    return this.archive.task(request.taskId);
  }
}
