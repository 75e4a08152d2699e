import { deliveryList, subscriptionCreate, subscriptionDelete, subscriptionGet, subscriptionList, subscriptionUpdate } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { SubscriptionsService } from './subscriptions.service.ts';

type Request<C extends { request: z.ZodType }> = z.output<C['request']>;
type Response<C extends { response: z.ZodType }> = Promise<z.input<C['response']>>;

@Controller()
export class SubscriptionsHandlers {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @OnRequest(subscriptionCreate)
  create(request: Request<typeof subscriptionCreate>): Response<typeof subscriptionCreate> {
    return this.subscriptions.create(request);
  }

  @OnRequest(subscriptionList)
  list(request: Request<typeof subscriptionList>): Response<typeof subscriptionList> {
    return this.subscriptions.list(request);
  }

  @OnRequest(subscriptionGet)
  get(request: Request<typeof subscriptionGet>): Response<typeof subscriptionGet> {
    return this.subscriptions.get(request.subscription);
  }

  @OnRequest(subscriptionUpdate)
  update(request: Request<typeof subscriptionUpdate>): Response<typeof subscriptionUpdate> {
    return this.subscriptions.update(request.subscription, request.patch);
  }

  @OnRequest(subscriptionDelete)
  remove(request: Request<typeof subscriptionDelete>): Response<typeof subscriptionDelete> {
    return this.subscriptions.remove(request.subscription);
  }

  @OnRequest(deliveryList)
  deliveries(request: Request<typeof deliveryList>): Response<typeof deliveryList> {
    return this.subscriptions.deliveries(request.subscription, request);
  }
}
