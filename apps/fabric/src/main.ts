import 'reflect-metadata';
import { startService } from '@heddle/messaging';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';

const config = readConfig(process.env);
await startService({ service: 'fabric', config, module: AppModule.forRoot(config) });
