import { z } from 'zod';
import { TakesBatches, TakesSingly } from './recorded-load.ts';
import { serviceProcess } from './service-process.ts';

/**
 * A service as a process that can be killed: `fabric`, which sends what is in its outbox, or a consumer of the recorded load:
 * `node effect-service.ts <fabric|git-sync|k8s-sync> <database URL> <AMQP URL>`.
 */
const [, , name, databaseUrl, amqpUrl] = process.argv;
const service = z.enum(['fabric', 'git-sync', 'k8s-sync']).parse(name);
const controllers = { fabric: [], 'git-sync': [TakesSingly], 'k8s-sync': [TakesBatches] };
await serviceProcess(service, { databaseUrl, amqpUrl, controllers: controllers[service] });
