import { Logger, currentContext } from '@heddle/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from './problem.ts';

/** Every error leaves as problem+json with a code and a remedy. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    sendProblem(error, host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>(), this.logger);
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const problem = problemOf(error, request.url.split('?')[0], currentContext()?.correlationId);
  if (problem.status >= 500 && problem.status !== 503) logger.error('request failed', { error, method: request.method, path: problem.instance });
  if (problem.retryAfter !== undefined) void reply.header('retry-after', String(problem.retryAfter));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer, Basic realm="Heddle: the token is the password"');
  void reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
}
