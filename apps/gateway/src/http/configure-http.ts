import { Ids, Logger, Metrics } from '@heddle/platform';
import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TokenService } from '../tokens/token.service.ts';
import { serveAsyncApi, serveOpenApi } from './openapi.ts';
import { ProblemFilter } from './problem.filter.ts';
import { addRequestHooks } from './request-hooks.ts';
import { validationPipe } from './validation.pipe.ts';

/** Everything that stands before the routes: security headers, correlation, authentication, validation, problems. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const logger = app.get(Logger);
  const server = app.getHttpAdapter().getInstance();
  await app.register(helmet, { contentSecurityPolicy: { directives: { 'script-src': ["'self'", "'unsafe-inline'"], 'upgrade-insecure-requests': null } } });
  addRequestHooks(server, { tokens: app.get(TokenService), ids: app.get(Ids), logger, metrics: app.get(Metrics) });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(logger));
  serveOpenApi(app);
  serveAsyncApi(app);
}
