import 'reflect-metadata';
import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, Ctx, EventPattern, type MicroserviceOptions, Payload, type RmqContext, type RmqOptions, Transport } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import type { Road } from './road.ts';
import { WINDOW } from './road.ts';

/** Nest's RMQ transport, as safe as it gets: quorum queue, persistent messages, confirms awaited, acknowledged by hand after the handler. */
const options = (amqpUrl: string): Required<RmqOptions>['options'] => ({
  urls: [amqpUrl], queue: 'bench.nest', queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } },
  persistent: true, prefetchCount: WINDOW, socketOptions: { connectionOptions: { noDelay: true } },
});

/** @returns emits one message; resolves when the broker has confirmed it */
export async function nestClient(amqpUrl: string): Promise<(message: object) => Promise<void>> {
  const client = ClientProxyFactory.create({ transport: Transport.RMQ, options: options(amqpUrl) });
  await client.connect();
  return (message) => lastValueFrom(client.emit('bench', message), { defaultValue: undefined });
}

/** Has the controllers of a module take what comes. */
export async function nestListens(amqpUrl: string, module: Type): Promise<void> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, { transport: Transport.RMQ, options: { ...options(amqpUrl), noAck: false }, logger: ['error'] });
  await app.listen();
}

export function acknowledge(delivery: RmqContext): void {
  (delivery.getChannelRef() as Channel).ack(delivery.getMessage() as unknown as Message);
}

let take: (text: string) => void = () => undefined;

@Controller()
class Takes {
  @EventPattern('bench')
  onMessage(@Payload() { text }: { text: string }, @Ctx() context: unknown): void {
    acknowledge(context as RmqContext);
    take(text);
  }
}

@Module({ controllers: [Takes] })
class TakingModule {}

export const nestRoad: Road = {
  async sender({ amqpUrl }) {
    const emit = await nestClient(amqpUrl);
    return { group: 1, concurrency: WINDOW, send: ([text]) => emit({ text }) };
  },
  async taker({ amqpUrl }, taken) {
    take = taken;
    await nestListens(amqpUrl, TakingModule);
  },
};
