import { type Attributes, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describeError } from '../errors/describe-error.ts';

const tracer = trace.getTracer('@heddle/platform');

/** Runs `fn` under the span that a stored W3C traceparent names; without one, under what is current. */
export function inTrace<Result>(traceparent: string | undefined, fn: () => Result): Result {
  if (traceparent === undefined) return fn();
  return context.with(propagation.extract(context.active(), { traceparent }), fn);
}

/** Runs `fn` in a span of its own; what it throws is marked on the span and thrown on. */
export function inSpan<Result>(name: string, attributes: Attributes, fn: () => Promise<Result>): Promise<Result> {
  return tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
    try {
      return await fn();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
