import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@heddle/contracts';

/** What belongs to the work in hand and travels with it: into logs, outbox rows and audit entries. */
export interface WorkContext {
  correlationId: string;
  causationId?: string;
  actor?: Actor;
  fabricId?: string;
}

const storage = new AsyncLocalStorage<WorkContext>();

/** Runs `fn` with this context. */
export function runInContext<Result>(context: WorkContext, fn: () => Result): Result {
  return storage.run(context, fn);
}

/** The context of the work in hand, if any. */
export function currentContext(): WorkContext | undefined {
  return storage.getStore();
}
