import { serviceProcess } from './service-process.ts';

/** The smallest service there can be, as a process: `node small-service.ts <database URL> <AMQP URL> [milliseconds to wait for the broker]`. */
const [, , databaseUrl, amqpUrl, brokerWaitMs] = process.argv;
await serviceProcess('notification', { databaseUrl, amqpUrl, logLevel: 'info', ...(brokerWaitMs !== undefined && { brokerWaitMs: Number(brokerWaitMs) }) });
