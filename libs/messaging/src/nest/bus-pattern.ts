import { type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import type { RequestContract } from '@heddle/contracts';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { PARAM_ARGS_METADATA } from '@nestjs/microservices/constants.js';
import { type Observable, throwError } from 'rxjs';
import type { AfterDeadLetter, BatchOptions } from '../consume/consumer.ts';

/** Marks handlers as the bus's: another Nest transport in the same process leaves them alone. */
export const BUS_TRANSPORT = Symbol('heddle bus');

/** Pattern of the handler that takes every event. */
export const EVERY_EVENT = '#';

/** What a decorator tells the bus about its method, carried as Nest's `extras`. */
export type HandlerExtras =
  | { heddle: 'messages'; prefetch: number | undefined; retryDelaysMs: readonly number[] | undefined; afterDeadLetter: AfterDeadLetter | undefined; batch: BatchOptions | undefined }
  | { heddle: 'request'; contract: RequestContract };

/** Errors reach the bus as they were thrown; Nest's own filter would replace them by 'Internal server error'. */
@Catch()
class PassErrors implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/** Makes a method a handler of messages: payload first, context second, unless its parameters say otherwise. */
export function eventHandler(pattern: string, extras: HandlerExtras, target: object, method: string | symbol, descriptor: PropertyDescriptor): void {
  describeParameters(target, method);
  EventPattern(pattern, BUS_TRANSPORT, extras)(target, method, descriptor);
  UseFilters(PassErrors)(target, method, descriptor);
}

/** Makes a method an answerer of questions. */
export function requestHandler(pattern: string, extras: HandlerExtras, target: object, method: string | symbol, descriptor: PropertyDescriptor): void {
  describeParameters(target, method);
  MessagePattern(pattern, BUS_TRANSPORT, extras)(target, method, descriptor);
  UseFilters(PassErrors)(target, method, descriptor);
}

function describeParameters(target: object, method: string | symbol): void {
  // Parameter decorators have run by now: who gives pipes of their own keeps them.
  if (Reflect.getMetadata(PARAM_ARGS_METADATA, target.constructor, method) !== undefined) return;
  Payload()(target, method, 0);
  Ctx()(target, method, 1);
}
