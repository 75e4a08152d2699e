import type { z } from 'zod';
import type { TaskType } from './define-task.ts';
import type { TaskContext } from './task-context.ts';

const TASK_TYPE = Symbol('heddle task type');

/**
 * Makes a method of a provider the one that works on tasks of this type: `(payload, context)`. It may wait for the world as long
 * as its limits allow, heeds `context.signal`, and writes through `context.transaction`. It runs at least once: what it does
 * must bear to be done again.
 */
export function OnTask<Payload extends z.ZodType>(type: TaskType<Payload>) {
  return <Method extends (payload: z.output<Payload>, context: TaskContext) => Promise<void>>(_target: object, _method: string | symbol, descriptor: TypedPropertyDescriptor<Method>): void => {
    Reflect.defineMetadata(TASK_TYPE, type, descriptor.value!);
  };
}

/** The type that a method was given by {@link OnTask}. */
export function taskTypeOf(method: unknown): TaskType | undefined {
  return typeof method === 'function' ? Reflect.getMetadata(TASK_TYPE, method) as TaskType | undefined : undefined;
}
