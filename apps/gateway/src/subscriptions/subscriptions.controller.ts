import {
  type SubscriptionSpec, deliveryList, pageQuerySchema, subscriptionCreate, subscriptionDelete, subscriptionGet, subscriptionList,
  subscriptionSpecSchema, subscriptionUpdate,
} from '@heddle/contracts';
import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Asker } from '../asking/asker.service.ts';
import { Answers } from '../http/answers.decorator.ts';

const patchSchema = subscriptionUpdate.request.shape.patch;
const deliverySchema = pageQuerySchema.extend({ state: z.enum(['pending', 'delivered', 'failed']).optional() });

@ApiTags('subscriptions')
@Controller('api/v1/subscriptions')
export class SubscriptionsController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(subscriptionCreate, 'Subscribe a webhook to events', 201)
  create(@Body({ schema: subscriptionSpecSchema }) body: SubscriptionSpec): Promise<Buffer> {
    return this.asker.raw(subscriptionCreate, body);
  }

  @Get()
  @Answers(subscriptionList, 'List subscriptions')
  list(@Query({ schema: pageQuerySchema }) query: z.output<typeof pageQuerySchema>): Promise<Buffer> {
    return this.asker.raw(subscriptionList, query);
  }

  @Get(':subscription')
  @Answers(subscriptionGet, 'Read a subscription')
  get(@Param('subscription') subscription: string): Promise<Buffer> {
    return this.asker.raw(subscriptionGet, { subscription });
  }

  @Patch(':subscription')
  @Answers(subscriptionUpdate, 'Change a subscription')
  update(@Param('subscription') subscription: string, @Body({ schema: patchSchema }) patch: z.output<typeof patchSchema>): Promise<Buffer> {
    return this.asker.raw(subscriptionUpdate, { subscription, patch });
  }

  @Delete(':subscription')
  @Answers(subscriptionDelete, 'End a subscription')
  remove(@Param('subscription') subscription: string): Promise<Buffer> {
    return this.asker.raw(subscriptionDelete, { subscription });
  }

  @Get(':subscription/deliveries')
  @Answers(deliveryList, 'List deliveries with every try')
  deliveries(@Param('subscription') subscription: string, @Query({ schema: deliverySchema }) query: z.output<typeof deliverySchema>): Promise<Buffer> {
    return this.asker.raw(deliveryList, { ...query, subscription });
  }
}
