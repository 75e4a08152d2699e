import { type WorkContext, Ids, Logger, Metrics, NotAllowed, currentContext, runInContext } from '@heddle/platform';
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TokenService } from '../tokens/token.service.ts';
import { sendProblem } from './problem.filter.ts';
import { shownPath } from './shown-path.ts';

const CORRELATION_ID = /^[A-Za-z0-9._-]{1,100}$/;
const OPEN_PATHS = new Set(['/healthz', '/readyz']);
const METRICS_PATH = '/metrics';
/** Guarded by the signature over their body instead. */
const SIGNED_PREFIX = '/api/v1/webhooks/';

export interface HookDependencies {
  tokens: TokenService;
  ids: Ids;
  logger: Logger;
  metrics: Metrics;
}

/** Gives each request its correlation id and span, and lets nothing through without a token but what is open by design. */
export function addRequestHooks(server: FastifyInstance, { tokens, ids, logger, metrics }: HookDependencies): void {
  const duration = metrics.histogram('heddle_http_request_seconds', 'Time to answer a request', ['method', 'route', 'status']);
  const tracer = trace.getTracer('heddle-gateway');

  server.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-correlation-id'];
    const work: WorkContext = { correlationId: typeof given === 'string' && CORRELATION_ID.test(given) ? given : ids.uuid() };
    void reply.header('x-correlation-id', work.correlationId);
    if (OPEN_PATHS.has(pathOf(request))) return runInContext(work, done);
    const parent = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method, 'url.path': shownPath(pathOf(request)) } }, parent);
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? 'unknown';
      span.updateName(`${request.method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': reply.statusCode });
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      // A stream of events lasts as long as somebody listens.
      if (!String(reply.getHeader('content-type')).startsWith('text/event-stream')) logger.slow('a request took long', reply.elapsedTime, { method: request.method, route, status: reply.statusCode });
      duration.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
    });
    return context.with(trace.setSpan(parent, span), () => runInContext(work, done));
  });

  // Fastify closes what is idle when it stops; what is still answered then must not be kept alive after it.
  let closing = false;
  server.addHook('preClose', async () => { closing = true; });
  server.addHook('onSend', async (_request, reply) => { if (closing) void reply.header('connection', 'close'); });

  server.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    if (OPEN_PATHS.has(path) || path.startsWith(SIGNED_PREFIX)) return;
    if (path === METRICS_PATH && tokens.isForMetrics(request.headers.authorization)) return;
    try {
      const actor = await tokens.authenticate(request.headers.authorization);
      const work = currentContext();
      if (work) work.actor = actor;
    } catch (error) {
      if (error instanceof NotAllowed) logger.security('refused', 'a request without a valid token was refused', { code: error.code, method: request.method, path: shownPath(path), from: request.ip });
      sendProblem(error, request, reply, logger);
      return reply;
    }
  });
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}
