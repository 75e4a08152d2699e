import 'reflect-metadata';
import { startService } from '@heddle/messaging';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { configureHttp } from './http/configure-http.ts';

const config = readConfig(process.env);
await startService({
  service: 'gateway', config, module: AppModule.forRoot(config), configure: configureHttp,
  adapter: new FastifyAdapter({ bodyLimit: config.HEDDLE_BODY_LIMIT }), rawBody: true,
});
