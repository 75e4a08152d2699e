import 'reflect-metadata';
import { startService } from '@heddle/messaging';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { configureHttp } from './http/configure-http.ts';
import { httpAdapter } from './http/http-adapter.ts';

const config = readConfig(process.env);
await startService({
  service: 'gateway', config, module: AppModule.forRoot(config), configure: configureHttp,
  adapter: httpAdapter(config), rawBody: true,
});
