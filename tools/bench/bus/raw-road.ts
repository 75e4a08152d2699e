import amqp from 'amqplib';
import type { Road } from './road.ts';
import { WINDOW } from './road.ts';

const QUEUE = 'bench.raw';
const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

/** amqplib and nothing else: persistent, mandatory, confirmed; each acknowledged by hand. */
export const rawRoad: Road = {
  async sender({ amqpUrl }) {
    const connection = await amqp.connect(amqpUrl, { noDelay: true });
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, QUORUM);
    return {
      group: 1, concurrency: WINDOW,
      send: ([text]) => new Promise((resolve, reject) => {
        channel.publish('', QUEUE, Buffer.from(JSON.stringify({ text })), { persistent: true, mandatory: true, contentType: 'application/json' }, (error: unknown) => {
          if (error instanceof Error) reject(error);
          else resolve();
        });
      }),
    };
  },
  async taker({ amqpUrl }, taken) {
    const connection = await amqp.connect(amqpUrl, { noDelay: true });
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, QUORUM);
    await channel.prefetch(WINDOW);
    await channel.consume(QUEUE, (message) => {
      if (!message) throw new Error('The broker cancelled the consumer');
      const { text } = JSON.parse(message.content.toString('utf8')) as { text: string };
      channel.ack(message);
      taken(text);
    });
  },
};
