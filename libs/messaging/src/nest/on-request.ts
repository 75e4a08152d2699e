import type { RequestContract } from '@heddle/contracts';
import type { z } from 'zod';
import type { RequestContext } from '../request/request-context.ts';
import { requestHandler } from './bus-pattern.ts';

type Answerer<Contract extends RequestContract> = (request: z.output<Contract['request']>, context: RequestContext) => Promise<z.input<Contract['response']>>;

/** Answers a question of the gateway: `(request, context)`. The request is checked before, the answer after; a HeddleError reaches the asker as it is. */
export function OnRequest<Contract extends RequestContract>(contract: Contract) {
  return <Method extends Answerer<Contract>>(target: object, method: string | symbol, descriptor: TypedPropertyDescriptor<Method>): void => {
    requestHandler(contract.method, { heddle: 'request', contract }, target, method, descriptor);
  };
}
