import 'reflect-metadata';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
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

let take: (text: string) => void = () => undefined;

@Controller()
class Takes {
  @EventPattern('bench')
  onMessage(@Payload() { text }: { text: string }, @Ctx() context: unknown): void {
    const delivery = context as RmqContext;
    (delivery.getChannelRef() as Channel).ack(delivery.getMessage() as unknown as Message);
    take(text);
  }
}

@Module({ controllers: [Takes] })
class TakingModule {}

export const nestRoad: Road = {
  async sender({ amqpUrl }) {
    const client = ClientProxyFactory.create({ transport: Transport.RMQ, options: options(amqpUrl) });
    await client.connect();
    return { group: 1, concurrency: WINDOW, send: async ([text]) => { await lastValueFrom(client.emit('bench', { text }), { defaultValue: undefined }); } };
  },
  async taker({ amqpUrl }, taken) {
    take = taken;
    const app: INestMicroservice = await NestFactory.createMicroservice<MicroserviceOptions>(TakingModule, { transport: Transport.RMQ, options: { ...options(amqpUrl), noAck: false }, logger: ['error'] });
    await app.listen();
  },
};
