import { type DeadLetterService, deadLetterServiceSchema, discardReasonSchema, taskQuerySchema, taskRequests } from '@heddle/contracts';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const service = { schema: deadLetterServiceSchema };
const id = { schema: z.uuid() };
const reasonSchema = z.object({ reason: discardReasonSchema });
const requests = taskRequests('fabric');

@ApiTags('tasks')
@Controller('api/v1/tasks/:service')
export class TasksController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Answers(requests.list, 'List the tasks of a service, the newest first')
  list(@Param('service', service) name: DeadLetterService, @Query({ schema: taskQuerySchema }) query: z.output<typeof taskQuerySchema>): Promise<Buffer> {
    return this.asker.raw(taskRequests(name).list, query);
  }

  @Get(':task')
  @Answers(requests.get, 'Read a task and its attempts')
  get(@Param('service', service) name: DeadLetterService, @Param('task', id) taskId: string): Promise<Buffer> {
    return this.asker.raw(taskRequests(name).get, { taskId });
  }

  @Post(':task/retry')
  @Answers(requests.retry, 'Try a task again that failed or was cancelled', 202)
  retry(@Param('service', service) name: DeadLetterService, @Param('task', id) taskId: string): Promise<Buffer> {
    return this.asker.raw(taskRequests(name).retry, { taskId });
  }

  @Post(':task/discard')
  @Answers(requests.discard, 'Close a task that was given up, with a reason', 202)
  discard(@Param('service', service) name: DeadLetterService, @Param('task', id) taskId: string, @Body({ schema: reasonSchema }) { reason }: z.output<typeof reasonSchema>): Promise<Buffer> {
    return this.asker.raw(taskRequests(name).discard, { taskId, reason });
  }

  @Post(':task/cancel')
  @Answers(requests.cancel, 'Cancel a task that waits or runs', 202)
  cancel(@Param('service', service) name: DeadLetterService, @Param('task', id) taskId: string): Promise<Buffer> {
    return this.asker.raw(taskRequests(name).cancel, { taskId });
  }
}
