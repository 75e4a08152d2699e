import { Controller, Inject, type Type } from '@nestjs/common';
import { type Page, type ServiceName, type TaskDetail, type TaskQuery, taskRequests, type TaskView } from '@heddle/contracts';
import { OnRequest } from '../nest/on-request.ts';
import type { RequestContext } from '../request/request-context.ts';
import { TaskLists } from './task-lists.ts';

/** A controller by which the service answers for its own tasks. */
export function tasksController(service: ServiceName): Type<unknown> {
  const requests = taskRequests(service);
  @Controller()
  class TasksController {
    constructor(@Inject(TaskLists) private readonly tasks: TaskLists) {}

    @OnRequest(requests.list)
    list(query: TaskQuery): Promise<Page<TaskView>> {
      return this.tasks.list(query);
    }

    @OnRequest(requests.get)
    get({ taskId }: { taskId: string }): Promise<TaskDetail> {
      return this.tasks.get(taskId);
    }

    @OnRequest(requests.retry)
    retry({ taskId }: { taskId: string }): Promise<TaskDetail> {
      return this.tasks.retry(taskId);
    }

    @OnRequest(requests.cancel)
    cancel({ taskId }: { taskId: string }, { actor }: RequestContext): Promise<TaskDetail> {
      return this.tasks.cancel(taskId, actor);
    }

    @OnRequest(requests.discard)
    discard({ taskId, reason }: { taskId: string; reason: string }, { actor }: RequestContext): Promise<TaskDetail> {
      return this.tasks.discard(taskId, reason, actor);
    }
  }
  return TasksController;
}
