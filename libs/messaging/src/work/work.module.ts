import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TaskHandlers } from './task-handlers.ts';
import { TaskLists } from './task-lists.ts';
import { TaskStore } from './task-store.ts';
import { TaskWorker } from './task-worker.ts';
import { Tasks } from './tasks.ts';
import { WorkMetrics } from './work-metrics.ts';

/** The work queues of a service; comes with MessagingModule. What the service marks with `@OnTask` is found and worked on. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Tasks, TaskStore, TaskHandlers, TaskLists, TaskWorker, WorkMetrics],
  exports: [Tasks, TaskLists],
})
export class WorkModule {}
