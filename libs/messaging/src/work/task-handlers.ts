import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { TaskType } from './define-task.ts';
import { taskTypeOf } from './on-task.ts';
import type { TaskContext } from './task-context.ts';

type Work = (payload: unknown, context: TaskContext) => Promise<void>;

/** Finds the methods that work on tasks among the providers and controllers of the application. */
@Injectable()
export class TaskHandlers {
  readonly #work = new Map<string, { type: TaskType; work: Work }>();

  constructor(@Inject(DiscoveryService) private readonly discovery: DiscoveryService) {}

  get types(): TaskType[] {
    return [...this.#work.values()].map(({ type }) => type);
  }

  /** @throws Error on two methods for one type */
  discover(): void {
    this.#work.clear();
    const scanner = new MetadataScanner();
    for (const { instance } of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      for (const name of prototype ? scanner.getAllMethodNames(prototype) : []) this.take(instance as Record<string, unknown>, name, prototype!);
    }
  }

  /** What works on tasks of this type. */
  of(type: string): Work {
    return this.#work.get(type)!.work;
  }

  private take(instance: Record<string, unknown>, name: string, prototype: object): void {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value ?? undefined;
    const type = taskTypeOf(method);
    if (!type) return;
    if (this.#work.has(type.type)) throw new Error(`Two methods work on tasks '${type.type}'; a type has one`);
    this.#work.set(type.type, { type, work: (payload, context) => (method as Work).call(instance, payload, context) });
  }
}
