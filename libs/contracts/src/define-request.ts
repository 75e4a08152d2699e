import type { z } from 'zod';
import type { ServiceName } from './define-message.ts';

/** A question that the gateway asks one service; the reply is what REST answers with, byte for byte. */
export interface RequestContract<Method extends string = string, Req extends z.ZodType = z.ZodType, Res extends z.ZodType = z.ZodType> {
  /** `<entity>.<verb>`, unique over all services. */
  readonly method: Method;
  /** The one service that answers. */
  readonly service: ServiceName;
  readonly request: Req;
  readonly response: Res;
  /** How long the asker waits, milliseconds; default 5,000. */
  readonly deadlineMs?: number;
}

/** Declares a request contract. */
export function defineRequest<const Method extends string, Req extends z.ZodType, Res extends z.ZodType>(
  contract: RequestContract<Method, Req, Res>,
): RequestContract<Method, Req, Res> {
  return contract;
}
