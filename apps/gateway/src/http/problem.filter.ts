import { Logger, currentContext } from '@heddle/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from './problem.ts';
import { shownPath } from './shown-path.ts';

/** Every error leaves as problem+json with a code and a remedy. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const report = healthReportOf(error);
    if (report) void reply.status(503).header('content-type', 'application/json').send(JSON.stringify(report));
    else sendProblem(error, host.switchToHttp().getRequest<FastifyRequest>(), reply, this.logger);
  }
}

/** What is not ready tells which check failed, as in every service. */
function healthReportOf(error: unknown): object | undefined {
  const response = error instanceof HttpException ? error.getResponse() : undefined;
  return typeof response === 'object' && 'checks' in response ? response : undefined;
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const problem = problemOf(error, request.url.split('?')[0], currentContext()?.correlationId);
  if (problem.status >= 500 && problem.status !== 503) logger.error('request failed', { error, method: request.method, path: shownPath(problem.instance ?? '') });
  if (problem.retryAfter !== undefined) void reply.header('retry-after', String(problem.retryAfter));
  if (problem.status === 401) void reply.header('www-authenticate', challengeOf(request.url));
  void reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
}

/** Only the pages that a person opens in a browser ask for a password there. */
function challengeOf(url: string): string {
  return /^\/api\/(docs|openapi|asyncapi)/.test(url) ? 'Basic realm="Heddle (the token is the password)"' : 'Bearer';
}
