import { context, propagation, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';

const tracer = trace.getTracer('@heddle/k8s-sync');

/** Runs `fn` under the span that a stored traceparent names; without one, under what is current. */
export function inTrace<Result>(traceparent: string | undefined, fn: () => Result): Result {
  if (traceparent === undefined) return fn();
  return context.with(propagation.extract(context.active(), { traceparent }), fn);
}

/** Runs `fn` in a span of its own; what it throws is marked on the span. The HTTP client's instrumentation adds the request below it. */
export async function inSpan<Result>(name: string, attributes: Attributes, fn: () => Promise<Result>): Promise<Result> {
  return tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
    try {
      return await fn();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
